public import Experiments

extension PostgresStudyStore {
    public func workers() async throws -> [KnownWorker] {
        try await client.query(.workers).map(KnownWorker.init)
    }

    @discardableResult public func drain(_ worker: WorkerID?) async throws -> Int {
        try await client.query(.drainWorkers, [.text(worker)]).first?.integer("drained") ?? 0
    }
}
