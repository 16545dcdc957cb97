import Experiments
import Metrics

/// A queue whose calls are timed.
struct MeasuredQueue<Queue: TrialQueue>: TrialQueue {
    let queue: Queue
    let metrics: WorkerMetrics

    func register(_ worker: WorkerDescription) async throws -> WorkerID {
        try await queue.register(worker)
    }

    func checkIn(_ worker: WorkerID, isLeaving: Bool) async throws -> Bool {
        try await queue.checkIn(worker, isLeaving: isLeaving)
    }

    func claim(_ request: ClaimRequest) async throws -> Claim? {
        try await metrics.claims.time { try await queue.claim(request) }
    }

    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) async throws {
        try await metrics.renewals.time {
            try await queue.renew(token, leaseSeconds: leaseSeconds, reports: reports)
        }
    }

    func finish(_ token: WorkToken, with result: TrialResult) async throws {
        try await metrics.results.time { try await queue.finish(token, with: result) }
    }

    func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) async throws -> Claim? {
        try await metrics.results.time {
            try await queue.finish(token, with: result, thenClaim: request)
        }
    }

    func fail(_ token: WorkToken, because failure: TrialFailure) async throws {
        try await queue.fail(token, because: failure)
    }

    func giveBack(_ token: WorkToken) async throws { try await queue.giveBack(token) }
}
