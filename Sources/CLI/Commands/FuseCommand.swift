import ArgumentParser
import Experiments
import Search
import Storage

struct FuseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuse",
        abstract: "Write a configuration that combines the bottleneck adapters of finished trials.",
        discussion: """
            AdapterFusion (arXiv 2005.00247): the adapters stay as their trials trained them, and how they \
            are weighed is trained with `peftsearch train STUDY.yaml --configuration FILE`.
            """)

    @Argument(help: "The study's name.") var study: String
    @Option(
        help: ArgumentHelp(
            "Finished trials with bottlenecks; else the best three, the front first.", valueName: "N,N"))
    var trials: NumberList?
    @Option(help: ArgumentHelp("Combine in these layers alone, counted from 0.", valueName: "N,N"))
    var layers: NumberList?
    @OptionGroup var database: DatabaseOptions

    /// How many are taken where none are named.
    private static let most = 3

    func run() async throws {
        let store = try await database.open()
        let stored = try await store.study(study)
        guard case .native = stored.study.engine, let model = stored.study.model else {
            throw InputError(
                study, reason: "is of a command engine, whose adapters this program does not have")
        }
        let all = try await store.studies.trials(of: stored.id)
        let parents =
            try trials.map { try chosen($0.different("--trials", "trial"), of: all) }
            ?? best(of: all, in: stored.study)
        let fusion = try Configuration.fusing(
            parents, layers: layers.map { Set(try $0.different("--layers", "layer")) }, model: model)
        let configuration = try Configuration(json: fusion.json, subject: study)
        try configuration.check(against: model.shape, subject: study)
        Output.note(
            "combines trials \(parents.map { "\($0.number)" }.joined(separator: ", ")); "
                + "train it with peftsearch train STUDY.yaml --configuration FILE")
        for parent in parents where !parent.others.isEmpty {
            Output.note(
                "trial \(parent.number) also trained \(parent.others.joined(separator: ", ")), "
                    + "which the fusion does not have")
        }
        try Output.write(configuration.json.indentedText)
    }

    private func chosen(_ numbers: [Int], of all: [Trial]) throws(InputError) -> [FusionParent] {
        var parents: [FusionParent] = []
        for number in numbers {
            guard let trial = all.first(where: { $0.number == number }), let parent = Self.parent(trial)
            else {
                throw InputError(
                    "\(study) \(number)", reason: "is no finished trial with bottleneck adapters",
                    suggestion: database.command("trials \(study)"))
            }
            parents.append(parent)
        }
        return parents
    }

    /// The best that can be combined with the first of them: those of the front
    /// before others, then by the first objective, then by number.
    private func best(of all: [Trial], in study: Study) throws(InputError) -> [FusionParent] {
        let objective = study.objectives.first
        func worth(_ trial: Trial) -> Double {
            guard let objective, let value = trial.value(of: objective.metric) else { return -.infinity }
            return objective.direction == .maximize ? value : -value
        }
        let front = Set(Front.current(of: study, trials: all).members.map(\.number))
        func rank(_ trial: Trial) -> (Int, Double, Int) {
            (front.contains(trial.number) ? 0 : 1, -worth(trial), trial.number)
        }
        let candidates = all.sorted { rank($0) < rank($1) }.compactMap(Self.parent)
        for first in candidates {
            let others = candidates.filter { $0.number != first.number && $0.shares(with: first) }
            guard others.isEmpty else { return [first] + others.prefix(Self.most - 1) }
        }
        throw InputError(
            study.name, reason: "no two finished trials have bottlenecks at one site of one layer",
            suggestion: "more trials, or a space with more bottlenecks, such as hybrid")
    }

    private static func parent(_ trial: Trial) -> FusionParent? {
        guard trial.state == .done, let artifact = trial.artifact,
            let configuration = try? Configuration(json: trial.configuration)
        else { return nil }
        let parent = FusionParent(number: trial.number, artifact: artifact, configuration: configuration)
        return parent.bottlenecks.isEmpty ? nil : parent
    }
}

/// Numbers from 0, joined by commas.
struct NumberList: ExpressibleByArgument {
    let numbers: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
        self.numbers = numbers
    }

    /// Them, refused where one stands twice.
    func different(_ option: String, _ noun: String) throws(InputError) -> [Int] {
        var seen: Set<Int> = []
        for number in numbers where !seen.insert(number).inserted {
            throw InputError(option, reason: "names \(noun) \(number) twice")
        }
        return numbers
    }
}
