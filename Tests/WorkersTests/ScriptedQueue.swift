import Experiments

/// A queue that hands out given claims and remembers what it was told.
actor ScriptedQueue: TrialQueue {
    enum Call: Sendable, Hashable {
        case register
        case claim
        case renew(WorkToken, steps: [Int])
        case finish(WorkToken, TrialResult)
        case fail(WorkToken, TrialFailure)
        case giveBack(WorkToken)
    }

    private var ready: [Claim]
    private(set) var calls: [Call] = []
    private var errors: [any Error] = []
    private var claimErrors: [any Error] = []
    private(set) var requests: [ClaimRequest] = []
    private(set) var registered: [WorkerDescription] = []
    /// How often a result came with a request.
    private(set) var joint = 0
    private var isFenced = false
    private var onFrozenRenewal: (@Sendable () -> Void)?
    private var waiters:
        [(predicate: @Sendable ([Call]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    init(_ ready: [Claim] = []) {
        self.ready = ready
    }

    func add(_ claim: Claim) { ready.append(claim) }
    /// The next calls after a claim throw these, one each.
    func fail(next errors: [any Error]) { self.errors = errors }
    /// The next claims throw these, one each.
    func refuse(nextClaims errors: [any Error]) { claimErrors = errors }
    /// Every write throws `fenced` from now on.
    func fence() { isFenced = true }
    /// Renewals do not return before they are cancelled, and tell that they began.
    func freeze(onRenewal: @escaping @Sendable () -> Void = {}) { onFrozenRenewal = onRenewal }

    /// Waits until the calls so far satisfy the predicate.
    func wait(until predicate: @escaping @Sendable ([Call]) -> Bool) async {
        if predicate(calls) { return }
        await withCheckedContinuation { waiters.append((predicate, $0)) }
    }

    private func note(_ call: Call) {
        calls.append(call)
        let satisfied = waiters.filter { $0.predicate(calls) }
        waiters.removeAll { $0.predicate(calls) }
        satisfied.forEach { $0.continuation.resume() }
    }

    private func answer() throws {
        if isFenced { throw StoreError.fenced }
        if !errors.isEmpty { throw errors.removeFirst() }
    }

    func register(_ worker: WorkerDescription) throws -> WorkerID {
        registered.append(worker)
        note(.register)
        return "worker"
    }

    func claim(_ request: ClaimRequest) throws -> Claim? {
        requests.append(request)
        note(.claim)
        if !claimErrors.isEmpty { throw claimErrors.removeFirst() }
        guard let next = ready.firstIndex(where: { !request.refused.contains($0.token.study) }) else {
            return nil
        }
        return ready.remove(at: next)
    }

    func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) throws -> Claim? {
        joint += 1
        try finish(token, with: result)
        return try claim(request)
    }

    func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) async throws {
        note(.renew(token, steps: reports.map(\.step)))
        if let onFrozenRenewal {
            onFrozenRenewal()
            try await Task.sleep(for: .seconds(3600))
        }
        try answer()
    }

    func finish(_ token: WorkToken, with result: TrialResult) throws {
        note(.finish(token, result))
        try answer()
    }

    func fail(_ token: WorkToken, because failure: TrialFailure) throws {
        note(.fail(token, failure))
        try answer()
    }

    func giveBack(_ token: WorkToken) throws {
        note(.giveBack(token))
        try answer()
    }
}

extension [ScriptedQueue.Call] {
    var results: [TrialResult] {
        compactMap { if case .finish(_, let result) = $0 { result } else { nil } }
    }

    var failures: [TrialFailure] {
        compactMap { if case .fail(_, let failure) = $0 { failure } else { nil } }
    }

    var renewals: [[Int]] {
        compactMap { if case .renew(_, let steps) = $0 { steps } else { nil } }
    }

    var givenBack: [WorkToken] {
        compactMap { if case .giveBack(let token) = $0 { token } else { nil } }
    }
}
