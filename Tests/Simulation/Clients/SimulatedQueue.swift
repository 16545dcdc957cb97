import Experiments

/// What a simulated worker has for a queue.
struct SimulatedQueue: TrialQueue {
    let client: SimulatedClient

    func register(_ worker: WorkerDescription) async throws -> WorkerID {
        guard case .worker(let identifier) = try await client.call(.register(worker)) else {
            throw StoreError.fenced
        }
        return identifier
    }

    func checkIn(_ worker: WorkerID, isLeaving: Bool) async throws -> Bool {
        guard case .drains(let drains) = try await client.call(.checkIn(worker, isLeaving: isLeaving)) else {
            return false
        }
        return drains
    }

    func claim(_ request: ClaimRequest) async throws -> Claim? {
        try await claim(by: .claim(request))
    }

    func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) async throws -> Claim? {
        try await claim(by: .finishAndClaim(token, result, request))
    }

    private func claim(by call: StoreCall) async throws -> Claim? {
        guard case .claim(let claim) = try await client.call(call) else { return nil }
        return claim
    }

    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) async throws {
        _ = try await client.call(.renew(token, seconds: leaseSeconds, reports))
    }

    func finish(_ token: WorkToken, with result: TrialResult) async throws {
        _ = try await client.call(.finish(token, result))
    }

    func fail(_ token: WorkToken, because failure: TrialFailure) async throws {
        _ = try await client.call(.fail(token, failure))
    }

    func giveBack(_ token: WorkToken) async throws { _ = try await client.call(.giveBack(token)) }
}
