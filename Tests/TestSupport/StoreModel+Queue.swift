public import Experiments

extension StoreModel {
    public mutating func register(_ worker: WorkerDescription) -> WorkerID {
        let number = String(workers.count + 1, radix: 16)
        let identifier = String(repeating: "0", count: 32 - number.count) + number
        workers[identifier] = KnownWorker(id: identifier, description: worker, silence: 0)
        seen[identifier] = now
        return identifier
    }

    public mutating func claim(_ request: ClaimRequest) throws -> Claim? {
        if let claim = try next(for: request) { return claim }
        try expireLeases()
        return nil
    }

    public mutating func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) throws -> Claim? {
        try finish(token, with: result)
        return try next(for: request)
    }

    /// A repeat of a request renews the lease that it holds.
    private mutating func next(for request: ClaimRequest) throws -> Claim? {
        guard let worker = workers[request.worker] else {
            throw StoreError.refused("the worker is not registered")
        }
        if rules.obey(.repeatedClaimsFindTheirLease) {
            for (id, record) in records {
                guard let held = record.work.first(where: { $0.value.lease?.mark == request.mark }) else {
                    continue
                }
                lend(held.key, of: id, to: request)
                return claim(held.key, of: id)
            }
        }
        if worker.isDraining, rules.obey(.drainedWorkersClaimNothing) { return nil }
        for id in records.keys.sorted()
        where (request.study == nil || request.study == id) && !request.refused.contains(id)
            && records[id]?.stored.state != .complete
            && (records[id]?.stored.isPaused != true || !rules.obey(.claimsSkipPausedStudies))
        {
            guard let key = nextReady(in: id) else { continue }
            start(key, of: id, for: request)
            return claim(key, of: id)
        }
        return nil
    }

    private mutating func lend(_ key: WorkKey, of id: StudyID, to request: ClaimRequest) {
        change(id) { [now] record in
            record.work[key]?.lease = Lease(
                expires: now + request.leaseSeconds, seconds: request.leaseSeconds, mark: request.mark)
        }
    }

    private func nextReady(in study: StudyID) -> WorkKey? {
        var best: WorkKey?
        for (key, work) in records[study]?.work ?? [:] where work.availableAt <= now {
            let isReady =
                work.state == .ready || (work.state == .running && !rules.obey(.claimsOnlyReadyWork))
            if isReady, best.map({ key < $0 }) ?? true { best = key }
        }
        return best
    }

    private mutating func start(_ key: WorkKey, of id: StudyID, for request: ClaimRequest) {
        change(id) { [now, rules] record in
            let earlier = record.attempts[key.trial] ?? []
            let number = earlier.count + 1
            let token = rules.obey(.claimsCountTheAttempt) ? number : max(1, earlier.count)
            let attempt = Attempt(
                number: token, rung: key.rung, purpose: key.purpose, worker: request.worker,
                outcome: "running",
                detail: nil, reports: [])
            record.attempts[key.trial, default: []].append(
                Try(key: key, claimedAt: now, attempt: attempt))
            record.work[key]?.state = .running
            record.work[key]?.attempt = token
            if key.purpose == .train {
                record.trials[key.trial].state = .running
                record.trials[key.trial].attempts = token
            }
        }
        lend(key, of: id, to: request)
    }

    private func claim(_ key: WorkKey, of id: StudyID) -> Claim? {
        guard let record = records[id], let work = record.work[key] else { return nil }
        let trial = record.trials[key.trial]
        let replicate = key.purpose == .replicate ? trial.replicates.first { $0.number == key.rung } : nil
        return Claim(
            token: WorkToken(
                study: id, trial: key.trial, rung: key.rung, purpose: key.purpose, attempt: work.attempt),
            study: record.stored.study, seed: replicate?.seed ?? trial.seed,
            configuration: trial.configuration, artifact: replicate == nil ? trial.artifact : nil,
            origin: trial.parent.map { record.trials[$0] }.map {
                TensorOrigin(configuration: $0.configuration, artifact: $0.artifact)
            })
    }

    public mutating func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) throws {
        guard reports.allSatisfy({ $0.metrics.values.allSatisfy(\.isFinite) }) else {
            throw StoreError.refused("a report is not finite")
        }
        guard isRunning(token, unless: .renewalsCheckTheAttempt) else {
            if !rules.obey(.reportsAreFenced) { add(reports, to: token) }
            throw StoreError.fenced
        }
        change(token.study) { [now] record in
            record.work[token.key]?.lease?.expires = now + leaseSeconds
            record.work[token.key]?.lease?.seconds = leaseSeconds
        }
        add(reports, to: token)
    }

    private mutating func add(_ reports: [Report], to token: WorkToken) {
        change(token) { attempt in
            for report in reports where !attempt.reports.contains(where: { $0.step == report.step }) {
                attempt.reports.append(report)
            }
            attempt.reports.sort { $0.step < $1.step }
        }
    }

    public mutating func finish(_ token: WorkToken, with result: TrialResult) throws {
        let all = result.measurements + result.derived.flatMap(\.measurements)
        guard all.allSatisfy(\.value.isFinite) else {
            throw StoreError.refused("a measurement is not finite")
        }
        let isRepeat = try !holds(token, orEndedAs: "finished", unless: .finishesCheckTheAttempt)
        if isRepeat, rules.obey(.repeatedFinishesChangeNothing) { return }
        change(token.study) { [rules] record in
            record.work[token.key]?.state = .finished
            if token.purpose == .replicate {
                Self.finishReplicate(token, with: result, in: &record)
            } else {
                Self.finish(token, with: result, in: &record, rules)
            }
        }
        end(token, as: "finished")
        // The first word of the attempt is final.
        change(token) { attempt in if attempt.record == nil { attempt.record = result.record } }
    }

    private static func finish(
        _ token: WorkToken, with result: TrialResult, in record: inout Record, _ rules: StoreRules
    ) {
        var trial = record.trials[token.trial]
        var measurements = trial.rungs[token.rung].measurements
        if !rules.obey(.firstMeasurementsAreFinal) {
            measurements.removeAll { old in result.measurements.contains { $0.name == old.name } }
        }
        measurements += result.measurements.filter { new in !measurements.contains { $0.name == new.name } }
        trial.rungs[token.rung].measurements = measurements.sorted { $0.name < $1.name }
        if token.purpose == .train, token.rung < record.stored.study.search.rungs.count - 1 {
            trial.state = .paused
        } else if token.purpose == .train {
            trial.state = .done
            trial.computeClass = result.computeClass
            trial.artifact = result.artifact
            trial.derived = result.derived
        }
        record.trials[token.trial] = trial
    }

    public mutating func fail(_ token: WorkToken, because failure: TrialFailure) throws {
        let outcome = failure.reason.rawValue
        guard try holds(token, orEndedAs: outcome, unless: .failuresCheckTheAttempt) else { return }
        var detail = Array(failure.detail.replacing("\0", with: "\u{FFFD}").utf8.suffix(16_384))
        while let first = detail.first, first & 0xC0 == 0x80 { detail.removeFirst() }
        endInFailure(token, TrialFailure(failure.reason, String(decoding: detail, as: UTF8.self)))
    }

    public mutating func giveBack(_ token: WorkToken) throws {
        guard try holds(token, orEndedAs: "given_back", unless: .returnsCheckTheAttempt) else { return }
        guard rules.obey(.returnsAreFree) else {
            return endInFailure(token, TrialFailure(.crashed, "given back"))
        }
        end(token, as: "given_back")
        makeReady(token, after: 0)
    }
}

// MARK: - Attempts

extension StoreModel {
    /// Whether the attempt is the one that runs.
    public func runs(_ token: WorkToken) -> Bool {
        records[token.study]?.work[token.key].map { $0.state == .running && $0.attempt == token.attempt }
            ?? false
    }

    /// How often a unit that a worker holds now was lost before, at most; that
    /// anybody holds for nil.
    public func mostLosses(heldBy worker: WorkerID?) -> Int {
        var most = 0
        for record in records.values {
            for (key, work) in record.work where work.state == .running {
                let tries = (record.attempts[key.trial] ?? []).filter { $0.key == key }
                guard worker == nil || tries.last?.attempt.worker == worker else { continue }
                most = max(most, tries.count { $0.attempt.outcome == "lost" })
            }
        }
        return most
    }

    private func isRunning(_ token: WorkToken, unless mutant: StoreRule) -> Bool {
        guard let work = records[token.study]?.work[token.key] else { return false }
        return work.state == .running && (work.attempt == token.attempt || !rules.obey(mutant))
    }

    /// True when the attempt runs, false when it already ended so.
    private func holds(
        _ token: WorkToken, orEndedAs outcome: String, unless mutant: StoreRule
    ) throws -> Bool {
        if isRunning(token, unless: mutant) { return true }
        let ended = records[token.study]?.attempts[token.trial]?.contains {
            $0.key == token.key && $0.attempt.number == token.attempt && $0.attempt.outcome == outcome
        }
        guard ended == true else { throw StoreError.fenced }
        return false
    }

    private mutating func makeReady(_ token: WorkToken, after seconds: Double) {
        change(token.study) { [now] record in
            record.work[token.key]?.state = .ready
            record.work[token.key]?.availableAt = now + seconds
            if token.purpose == .train { record.trials[token.trial].state = .ready }
        }
    }

    private mutating func change(_ token: WorkToken, _ body: (inout Attempt) -> Void) {
        change(token.study) { record in
            let tries = record.attempts[token.trial] ?? []
            guard let index = tries.lastIndex(where: { $0.attempt.number == token.attempt }) else { return }
            body(&record.attempts[token.trial]![index].attempt)
        }
    }

    /// Ends the attempt, with the lease; a lost one's at the moment the lease
    /// ran out.
    private mutating func end(_ token: WorkToken, as outcome: String, detail: String? = nil) {
        change(token.study) { [now, rules] record in
            let expiry = record.work[token.key]?.lease?.expires ?? now
            if rules.obey(.endsTakeTheLeaseAway) || outcome == "lost" {
                record.work[token.key]?.lease = nil
            }
            let tries = record.attempts[token.trial] ?? []
            guard let index = tries.lastIndex(where: { $0.attempt.number == token.attempt }) else { return }
            record.attempts[token.trial]?[index].attempt.outcome = outcome
            record.attempts[token.trial]?[index].attempt.detail = detail
            record.attempts[token.trial]?[index].endedAt = outcome == "lost" ? min(now, expiry) : now
        }
    }

    /// Ends the running attempt: tried again within the limits, or final.
    mutating func endInFailure(_ token: WorkToken, _ failure: TrialFailure) {
        end(token, as: failure.reason.rawValue, detail: failure.detail)
        let tries =
            records[token.study]?.attempts[token.trial]?.filter { $0.key == token.key }.map(\.attempt) ?? []
        guard isHopeless(tries, failure.reason) else {
            return makeReady(token, after: backoff(after: tries, failure.reason))
        }
        change(token.study) { record in
            record.work[token.key]?.state = .finished
            if token.purpose == .train {
                record.trials[token.trial].state = .failed
                record.trials[token.trial].failure = failure
            }
            if token.purpose == .replicate { Self.failReplicate(token, because: failure, in: &record) }
        }
    }

    private func backoff(after tries: [Attempt], _ reason: TrialFailure.Reason) -> Double {
        guard rules.obey(.failuresBackOff), reason != .lost else { return 0 }
        let failures = tries.count { ["crashed", "timed_out", "out_of_memory"].contains($0.outcome) }
        return min(60, Double(1 << min(max(failures, 1) - 1, 30)))
    }

    private func isHopeless(_ tries: [Attempt], _ reason: TrialFailure.Reason) -> Bool {
        let alike = tries.filter { $0.outcome == reason.rawValue }
        let witnesses = Set(alike.map(\.worker)).count
        let both = tries.count { ["crashed", "lost"].contains($0.outcome) }
        switch reason {
        case .crashed where !rules.obey(.lossesAndCrashesCountApart),
            .lost where !rules.obey(.lossesAndCrashesCountApart):
            return both >= 3
        case .lost where !rules.obey(.lossesAreNoCrashes): return alike.count >= 3
        case .crashed: return alike.count >= 3
        case .lost: return alike.count >= 8 && (witnesses >= 3 || !rules.obey(.lossesNeedWitnesses))
        case .timedOut, .outOfMemory: return witnesses >= 2 || alike.count >= 5
        case .diverged, .invalid: return true
        }
    }
}

extension WorkToken {
    var key: StoreModel.WorkKey { StoreModel.WorkKey(trial: trial, rung: rung, purpose: purpose) }
}
