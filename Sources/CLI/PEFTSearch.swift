import ArgumentParser
import Experiments
import Foundation

/// The program: parses the arguments, runs the command, and turns what went
/// wrong into one text and one exit status.
@main
struct Main {
    static func main() async {
        // A reader that went away (`peftsearch trials | head`) is an error of a write, not a signal.
        signal(SIGPIPE, SIG_IGN)
        Output.fillClosedStreams()
        do {
            var command = try PEFTSearch.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let status = ExitStatus(ofParser: error) ?? ExitStatus(of: error)
            if status.isFromParser { PEFTSearch.exit(withError: error) }
            if let text = status.text { Output.note(text) }
            exit(status.code)
        }
    }
}

struct PEFTSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peftsearch",
        abstract: "Finds the best ways to fine-tune a model under a budget.",
        discussion: """
            Give it a base model folder, a task and a budget in a study file; it searches \
            parameter-efficient fine-tuning configurations and hands over the Pareto front of \
            quality against cost. `peftsearch run STUDY.yaml` is the main job.
            """,
        version: version,
        subcommands: [
            RunCommand.self, PlanCommand.self, StudyCommand.self, FrontCommand.self, TrialsCommand.self,
            TrialCommand.self, FuseCommand.self, ExportCommand.self, ReplayCommand.self, PredictCommand.self,
            TrainCommand.self, AskCommand.self, ControllerCommand.self, WorkerCommand.self,
            WorkersCommand.self,
            DatabaseCommand.self,
            DoctorCommand.self, MethodsCommand.self, ProxiesCommand.self, ProfileCommand.self,
            SlotCommand.self, GuardCommand.self, ComputeClassCommand.self,
        ])

    static let version = "0.1.0"
}
