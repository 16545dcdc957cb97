import Experiments

extension AttemptRecord {
    /// Of a result that a worker's trainer gave for a claim.
    init(of result: TrialResult, for claim: Claim, _ settings: WorkerSettings) {
        var isNative = false
        if case .native = claim.study.engine { isNative = true }
        self.init(
            program: settings.program,
            threads: ChildEnvironment.threads(in: settings.environment, native: isNative),
            inputs: AttemptRecord.inputs(
                study: claim.study, seed: claim.seed, configuration: claim.configuration),
            computeClass: result.computeClass, artifact: result.artifact, trace: result.trace)
    }
}
