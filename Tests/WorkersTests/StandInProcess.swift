import Experiments
import Foundation
import Testing
import Workers

/// The test program started again as one of the processes that the command
/// line starts by its hidden subcommands.
@Suite struct WorkersStandInProcess {
    static let commands = HiddenCommands(
        guardArguments: arguments(for: "guard"), slotArguments: arguments(for: "slot"))

    static func arguments(for mode: String) -> [String] {
        ["--testing-library", "swift-testing", "--filter", "WorkersStandInProcess", "--helper", mode, "--"]
    }

    /// The mode, and what follows the two dashes, in a helper process.
    private static var invocation: (mode: String, arguments: [String])? {
        let arguments = CommandLine.arguments
        guard let flag = arguments.firstIndex(of: "--helper"), arguments.count > flag + 2 else { return nil }
        return (arguments[flag + 1], Array(arguments[(flag + 3)...]))
    }

    @Test(.enabled(if: invocation?.mode == "guard"))
    func `guards a command`() async {
        exit(await Guard.run(Self.invocation?.arguments ?? []))
    }

    @Test(.enabled(if: invocation?.mode == "slot"))
    func `serves as a slot`() {
        SlotServer(engine: ScriptedEngine()).run()
        exit(0)
    }

    /// Works on one trial: `worker -- FOLDER [COMMAND...]`.
    @Test(.enabled(if: invocation?.mode == "worker"))
    func `works on one claim`() async throws {
        let arguments = Self.invocation?.arguments ?? []
        let engine: Engine =
            arguments.count > 1
            ? .command(Array(arguments.dropFirst())) : .native(version: 1, numerics: .float32)
        var claim = claim(engine)
        claim.configuration = ["do": "hang", "mark": .string("\(arguments[0])/pids")]
        let worker = Worker(
            queue: ScriptedQueue([claim]),
            settings: WorkerSettings(
                slots: 1, dataFolder: arguments[0], nativeVersion: 1,
                environment: ProcessInfo.processInfo.environment,
                commands: Self.commands))
        try await worker.run()
        exit(0)
    }
}
