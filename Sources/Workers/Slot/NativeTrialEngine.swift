public import Experiments
package import PEFT

/// The native engine behind the protocol of slots.
public final class NativeTrialEngine: TrialEngine {
    private var engine: NativeEngine?

    public init() {}

    public func run(
        _ request: EngineRequest, report: (Report) -> Void, exclusively: (() throws -> Void) throws -> Void
    ) throws -> TrialResult {
        let engine =
            engine
            ?? Self.engine(
                artifactFolder: request.artifactFolder, finishedFolder: request.finishedFolder,
                statesFolder: request.statesFolder)
        self.engine = engine
        let assignment = NativeEngine.Assignment(
            study: request.study, seed: request.seed, configuration: try configuration(of: request),
            artifact: request.artifact, origin: request.origin, budget: request.budget,
            validationLimit: request.validationLimit,
            checkpointPath: request.study.search.rungs.count > 1
                ? "\(request.workFolder)/checkpoint.safetensors" : nil,
            isIntermediate: request.isIntermediate)
        switch request.purpose {
        case .train, .replicate: return try engine.train(assignment, report: report, exclusively: exclusively)
        case .test: return try engine.test(assignment, report: report)
        }
    }

    /// The native engine as it is on this machine.
    package static func engine(
        artifactFolder: String, finishedFolder: String? = nil, statesFolder: String
    ) -> NativeEngine {
        NativeEngine(
            meter: ProcessMeter(), instructionSet: instructionSet(cpuFlags: BLASKernel.cpuFlags()),
            artifactFolder: artifactFolder, finishedFolder: finishedFolder, statesFolder: statesFolder)
    }

    /// The class within which a slot that was started like this process gives
    /// equal bytes.
    /// - Throws: `TrialFailure` where the CPU cannot compute in this mode.
    public static func computeClass(numerics: Numerics) throws -> ComputeClass {
        try engine(artifactFolder: "", statesFolder: "").computeClass(numerics: numerics)
    }

    private func configuration(of request: EngineRequest) throws -> Configuration {
        do {
            return try Configuration(json: request.configuration)
        } catch {
            throw TrialFailure(.invalid, error.description)
        }
    }

    /// The widest vectors this CPU has.
    public static func instructionSet(cpuFlags: Set<String>) -> String {
        #if arch(x86_64)
            let architecture = "x86_64"
        #else
            let architecture = "arm64"
        #endif
        let widest = ["avx512f": "avx512", "avx2": "avx2", "avx": "avx"]
        for flag in ["avx512f", "avx2", "avx"] where cpuFlags.contains(flag) {
            return "\(architecture)-\(widest[flag]!)"
        }
        return architecture
    }
}
