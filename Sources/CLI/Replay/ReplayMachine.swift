import Experiments
import Foundation
import Subprocess
import Workers

/// With what a replay computes.
struct ReplayMachine: Sendable {
    /// This program's version.
    let program = PEFTSearch.version
    /// Nil for a command engine, whose class is what it says of itself.
    let computeClass: ComputeClass?

    /// Asks a process that is started like a slot, because its environment
    /// chooses the kernels.
    /// - Throws: when this CPU cannot compute in the study's numeric mode.
    init(for study: Study) async throws {
        guard case .native(_, let numerics) = study.engine else {
            computeClass = nil
            return
        }
        let variables = ChildEnvironment.make(
            from: ProcessInfo.processInfo.environment, native: true, cpuFlags: BLASKernel.cpuFlags())
        let result = try await Subprocess.run(
            .name("env"), arguments: [HiddenCommands.thisProgram, "compute-class", numerics.rawValue],
            environment: .custom(
                Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })),
            output: .string(limit: 10_000), error: .string(limit: 10_000))
        let text = result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        guard result.terminationStatus.isSuccess, let found = ComputeClass(text) else {
            throw InputError(
                "this machine", reason: result.standardError.trimmingCharacters(in: .newlines))
        }
        computeClass = found
    }
}
