import ArgumentParser
import Experiments
import Foundation
import Search

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Before spending: what a study would run and what that takes here.",
        discussion: """
            Resolves the study file as run does, trains for a few seconds in as many slots as the \
            study uses, and scales the known relative costs of all trials by what it measured. \
            Nothing is stored. Exits with 65 when the budget cannot buy a search.
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
        let slots = workers ?? file.workers
        let folder = URL(fileURLWithPath: dataDir).standardizedFileURL.path
        let plan = try await Interruption.cancelling {
            let forecast = try StudyForecast(of: study)
            Output.note("calibrating in \(slots) slot\(slots == 1 ? "" : "s"), a few seconds")
            let calibration = try await Calibrator(
                study: study, forecast: forecast, slots: slots, dataFolder: folder
            ).run()
            return PlanSummary(
                study: study, forecast: forecast, calibration: calibration, slots: slots,
                cores: ProcessInfo.processInfo.activeProcessorCount,
                freeDiskBytes: FreeDisk.bytes(at: folder))
        }
        try Output.write(format == .json ? plan.json.indentedText : plan.text)
        if let refusal = plan.refusal(of: file.path) { throw refusal }
    }
}
