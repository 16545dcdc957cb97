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
    private var outcomeErrors: [any Error] = []
    private var claimErrors: [any Error] = []
    private var renewalErrors: [any Error] = []
    private(set) var requests: [ClaimRequest] = []
    private(set) var registered: [WorkerDescription] = []
    /// How often a result came with a request.
    private(set) var joint = 0
    private var isFenced = false
    private var isDraining = false
    /// Whether a worker said that it ends.
    private(set) var hasLeft = false
    private var onFrozenRenewal: (@Sendable () -> Void)?
    private var waiters:
        [(predicate: @Sendable ([Call]) -> Bool, continuation: AsyncStream<Void>.Continuation)] = []

    init(_ ready: [Claim] = []) {
        self.ready = ready
    }

    func add(_ claim: Claim) { ready.append(claim) }
    /// The next calls that end an attempt throw these, one each.
    func refuse(nextOutcomes errors: [any Error]) { outcomeErrors = errors }
    /// The next renewals throw these, one each.
    func refuse(nextRenewals errors: [any Error]) { renewalErrors = errors }
    /// The next claims throw these, one each.
    func refuse(nextClaims errors: [any Error]) { claimErrors = errors }
    func drain() { isDraining = true }
    /// Every write throws `fenced` from now on.
    func fence() { isFenced = true }
    /// Renewals do not return before they are cancelled, and tell that they began.
    func freeze(onRenewal: @escaping @Sendable () -> Void = {}) { onFrozenRenewal = onRenewal }

    /// Waits until the calls so far satisfy the predicate, or until the test is
    /// cancelled by its time limit.
    func wait(until predicate: @escaping @Sendable ([Call]) -> Bool) async {
        if predicate(calls) { return }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        waiters.append((predicate, continuation))
        for await _ in stream {}
    }

    private func note(_ call: Call) {
        calls.append(call)
        let satisfied = waiters.filter { $0.predicate(calls) }
        waiters.removeAll { $0.predicate(calls) }
        satisfied.forEach { $0.continuation.finish() }
    }

    private func answer() throws {
        if isFenced { throw StoreError.fenced }
        if !outcomeErrors.isEmpty { throw outcomeErrors.removeFirst() }
    }

    func register(_ worker: WorkerDescription) throws -> WorkerID {
        registered.append(worker)
        note(.register)
        return "worker"
    }

    func checkIn(_ worker: WorkerID, isLeaving: Bool) -> Bool {
        hasLeft = isLeaving
        return isDraining
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
        if isFenced { throw StoreError.fenced }
        if !renewalErrors.isEmpty { throw renewalErrors.removeFirst() }
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
