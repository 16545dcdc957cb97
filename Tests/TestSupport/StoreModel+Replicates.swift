public import Experiments

extension StoreModel {
    public mutating func requestReplicates(_ replicates: [RequestedReplicate], in study: StudyID, epoch: Int)
        throws
    {
        try update(study, epoch: epoch, unless: .replicatesCheckTheEpoch) { [now] record in
            for requested in replicates {
                guard record.trials.indices.contains(requested.trial),
                    record.trials[requested.trial].state == .done,
                    record.trials[requested.trial].parent == nil
                else { throw StoreError.refused("trial \(requested.trial) has no replicates") }
                let key = WorkKey(trial: requested.trial, rung: requested.number, purpose: .replicate)
                guard record.work[key] == nil else { continue }
                record.work[key] = Work(availableAt: now)
                record.trials[requested.trial].replicates.append(
                    Replicate(number: requested.number, seed: requested.seed))
                record.trials[requested.trial].replicates.sort { $0.number < $1.number }
            }
        }
    }

    static func finishReplicate(_ token: WorkToken, with result: TrialResult, in record: inout Record) {
        record.trials[token.trial].change(replicate: token.rung) { replicate in
            replicate.measurements = result.measurements.sorted { $0.name < $1.name }
            replicate.computeClass = result.computeClass
        }
    }

    static func failReplicate(_ token: WorkToken, because failure: TrialFailure, in record: inout Record) {
        record.trials[token.trial].change(replicate: token.rung) { $0.failure = failure }
    }
}

extension Trial {
    fileprivate mutating func change(replicate number: Int, _ change: (inout Replicate) -> Void) {
        for index in replicates.indices where replicates[index].number == number {
            change(&replicates[index])
        }
    }
}
