import ArgumentParser
import Dispatch
import Experiments
import Foundation
import Workers

/// A process that trains for a worker; started by workers alone.
struct SlotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slot", abstract: "Train what a worker asks for.", shouldDisplay: false)

    func run() async throws {
        // A file that outgrows what this user may write is an error to tell, not a death.
        signal(SIGXFSZ, SIG_IGN)
        // Training blocks its thread for minutes, so it gets one of its own.
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let thread = Thread {
                SlotServer(engine: NativeTrialEngine()).run()
                done.resume()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
    }
}

/// Says in which class a slot computes; to be run in a slot's environment,
/// which decides it.
struct ComputeClassCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compute-class", abstract: "Say in which class slots compute here.",
        shouldDisplay: false)

    @Argument var numerics: String

    func run() throws {
        guard let numerics = Numerics(rawValue: numerics) else {
            throw ValidationError("no such numeric mode: \(numerics)")
        }
        try Output.write(NativeTrialEngine.computeClass(numerics: numerics).description)
    }
}

/// Runs a command so that it cannot outlive its worker; started by workers
/// alone.
struct GuardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard", abstract: "Run a command that ends with its worker.", shouldDisplay: false)

    @Argument(parsing: .postTerminator) var command: [String] = []

    func run() async throws {
        Foundation.exit(await Guard.run(command))
    }
}
