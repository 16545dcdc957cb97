public import Experiments

extension PostgresStudyStore {
    public func requestReplicates(
        _ replicates: [RequestedReplicate], in study: StudyID, epoch: Int
    ) async throws {
        try await client.query(
            .requestReplicates,
            [.integer(study), .integer(epoch), .json(.array(replicates.map(\.parameter)))])
    }
}
