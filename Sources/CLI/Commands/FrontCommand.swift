import ArgumentParser
import Experiments
import Search
import Storage

struct FrontCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "front", abstract: "Show the Pareto front of a study.")

    @Argument(help: "The study's name.") var study: String
    @Option(help: "How to print it.") var format = OutputFormat.table
    @Option(help: "One trial of it: `knee`, or `cheapest-within=1%` of the best first objective.")
    var pick: FrontPick?
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let store = try await database.open()
        let stored = try await store.study(study)
        let front = try await store.front(of: stored).front
        var members = front.members
        if let pick {
            guard let number = pick.trial(of: front.scored, objectives: stored.study.objectives)?.number,
                let chosen = members.first(where: { $0.number == number })
            else {
                let reason = Front.reasonForNone(try await store.studies.progress(of: stored.id))
                throw AnswerIsNo(text: "the front of \(study) is empty: \(reason)")
            }
            members = [chosen]
        }
        switch format {
        case .table:
            try Output.write(TrialTable.text(members, of: stored.study, withState: false))
            if pick == nil { try Output.write("hypervolume \(TrialTable.number(front.hypervolume))") }
            if members.contains(where: { !$0.replicates.isEmpty }) {
                Output.note(ReplicateTable.legend(of: stored.study))
            }
            if members.isEmpty {
                let reason = Front.reasonForNone(try await store.studies.progress(of: stored.id))
                Output.note("the front is empty: \(reason)")
            }
        case .json:
            try Output.write(
                TrialJSON.front(
                    members, of: stored.study, hypervolume: front.hypervolume, references: front.references,
                    isTestSeen: stored.isTestSeen
                ).indentedText)
        case .csv: try Output.write(TrialTable.csv(members, of: stored.study))
        }
    }
}

/// How one trial of a front is chosen.
enum FrontPick: ExpressibleByArgument {
    case knee
    /// A share of the best value: 0.01 for 1 %.
    case cheapestWithin(Double)

    init?(argument: String) {
        if argument == "knee" {
            self = .knee
            return
        }
        let prefix = "cheapest-within="
        guard argument.hasPrefix(prefix) else { return nil }
        var text = argument.dropFirst(prefix.count)
        let isPercent = text.hasSuffix("%")
        if isPercent { text = text.dropLast() }
        guard let number = Double(text), number >= 0, number.isFinite else { return nil }
        self = .cheapestWithin(isPercent ? number / 100 : number)
    }

    func trial(of front: [Trial], objectives: [Objective]) -> Trial? {
        switch self {
        case .knee: Picks.knee(of: front, objectives: objectives)
        case .cheapestWithin(let share): Picks.cheapest(within: share, of: front, objectives: objectives)
        }
    }
}
