import ArgumentParser
import Experiments
import Foundation
import Search
import Workers

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Before spending: what a study would run and what that takes here.",
        discussion: """
            Resolves the study file as run does, trains for a few seconds in as many slots as the \
            study uses, and scales the known relative costs of all trials by what it measured. \
            What a command engine takes is unknown; nothing of it is run. Nothing is stored. \
            Exits with 65 when the budget cannot buy a search.
            """)

    @Argument(help: "The study file.") var file: String
    @Option(help: "Slots that train side by side; wins over the study file.") var workers: Int?
    @Option(help: "How to print it.") var format = DocumentFormat.table
    @Option(help: ArgumentHelp("Where work files lie.", valueName: "DIR")) var dataDir = ".peftsearch"

    func validate() throws {
        try WorkerCommand.check(workers: workers)
    }

    func run() async throws {
        let file = try StudyFile(path: file)
        Output.note("reading \(file.path) and what it names")
        let study = try StudyResolver.resolve(file)
        Output.notes(on: study)
        let slots = workers ?? file.workers
        let folder = URL(fileURLWithPath: dataDir).standardizedFileURL.path
        let plan = try await Interruption.cancelling(isKept: false) {
            try PlanSummary(
                study: study, path: file.path, budget: SearchBudget(of: study),
                costs: try await Self.costs(of: study, slots: slots, folder: folder), slots: slots,
                cores: ProcessInfo.processInfo.activeProcessorCount,
                freeDiskBytes: FreeDisk.bytes(at: folder)
            ).limited()
        }
        try Output.write(format == .json ? plan.json.indentedText : plan.text)
        if let refusal = plan.refusal { throw refusal }
    }

    /// Two digits where it is less than one in a hundred.
    private static func percent(_ share: Double) -> String {
        String(format: share < 0.095 ? "%.2g %%" : "%.0f %%", 100 * share)
    }

    /// Nil for a command engine: nobody knows what a program takes before it
    /// has run.
    private static func costs(
        of study: Study, slots: Int, folder: String
    ) async throws -> PlannedCosts? {
        guard case .native = study.engine else { return nil }
        let forecast = try StudyForecast(of: study)
        let run = forecast.calibrationRun
        Output.note(
            "calibrating in \(slots) slot\(slots == 1 ? "" : "s"), a few seconds: "
                + "\(percent(run.trainingShare)) of a trial's training steps"
                + " and \(run.validationExamples) of \(study.data?.validationExamples ?? 0) validation examples"
        )
        let calibration = try await Calibrator(
            study: study, run: run, slots: slots, dataFolder: folder
        ).measure()
        return PlannedCosts(forecast: forecast, calibration: calibration)
    }
}
