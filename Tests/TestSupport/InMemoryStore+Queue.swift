public import Experiments

extension InMemoryStore: TrialQueue {
    public func register(_ worker: WorkerDescription) -> WorkerID {
        let number = String(workers.count + 1, radix: 16)
        let identifier = String(repeating: "0", count: 32 - number.count) + number
        workers.insert(identifier)
        return identifier
    }

    public func claim(
        worker: WorkerID, study: StudyID?, except refused: Set<StudyID>, leaseSeconds: Double
    ) throws -> Claim? {
        guard workers.contains(worker) else { throw StoreError.refused("the worker is not registered") }
        for (id, record) in records.sorted(by: { $0.key < $1.key })
        where (study == nil || study == id) && !refused.contains(id) {
            let ready = record.work.filter { $0.value.state == .ready && $0.value.availableAt <= now }
            guard let key = ready.keys.min() else { continue }
            return start(key, of: id, as: worker, leaseSeconds: leaseSeconds)
        }
        try expireLeases()
        return nil
    }

    private func start(_ key: WorkKey, of id: StudyID, as worker: WorkerID, leaseSeconds: Double) -> Claim? {
        guard var record = records[id] else { return nil }
        let number = (record.attempts[key.trial]?.count ?? 0) + 1
        let attempt = Attempt(
            number: number, rung: key.rung, purpose: key.purpose, worker: worker, outcome: "running",
            detail: nil, reports: [])
        record.attempts[key.trial, default: []].append(Try(key: key, claimedAt: now, attempt: attempt))
        record.work[key]?.state = .running
        record.work[key]?.attempt = number
        record.work[key]?.leaseExpires = now + leaseSeconds
        if key.purpose == .train {
            record.trials[key.trial].state = .running
            record.trials[key.trial].attempts = number
        }
        records[id] = record
        let trial = record.trials[key.trial]
        let replicate = key.purpose == .replicate ? trial.replicates.first { $0.number == key.rung } : nil
        return Claim(
            token: WorkToken(
                study: id, trial: key.trial, rung: key.rung, purpose: key.purpose, attempt: number),
            study: record.stored.study, seed: replicate?.seed ?? trial.seed,
            configuration: trial.configuration, artifact: replicate == nil ? trial.artifact : nil,
            origin: trial.parent.map { record.trials[$0] }.map {
                TensorOrigin(configuration: $0.configuration, artifact: $0.artifact)
            })
    }

    public func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) throws {
        guard reports.allSatisfy({ $0.metrics.values.allSatisfy(\.isFinite) }) else {
            throw StoreError.refused("a report is not finite")
        }
        guard isRunning(token) else { throw StoreError.fenced }
        records[token.study]?.work[token.key]?.leaseExpires = now + leaseSeconds
        change(token) { attempt in
            for report in reports where !attempt.reports.contains(where: { $0.step == report.step }) {
                attempt.reports.append(report)
            }
            attempt.reports.sort { $0.step < $1.step }
        }
    }

    public func finish(_ token: WorkToken, with result: TrialResult) throws {
        let all = result.measurements + result.derived.flatMap(\.measurements)
        guard all.allSatisfy(\.value.isFinite) else {
            throw StoreError.refused("a measurement is not finite")
        }
        guard try holds(token, orEndedAs: "finished"), var record = records[token.study] else { return }
        if token.purpose == .replicate {
            finishReplicate(token, with: result, in: &record)
            records[token.study] = record
            return end(token, with: result.record)
        }
        var trial = record.trials[token.trial]
        var measurements = trial.rungs[token.rung].measurements
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
        record.work[token.key]?.state = .finished
        records[token.study] = record
        end(token, with: result.record)
    }

    private func end(_ token: WorkToken, with record: AttemptRecord?) {
        change(token) {
            $0.outcome = "finished"
            $0.record = record
        }
    }

    public func fail(_ token: WorkToken, because failure: TrialFailure) throws {
        guard try holds(token, orEndedAs: failure.reason.rawValue) else { return }
        var detail = Array(failure.detail.replacing("\0", with: "\u{FFFD}").utf8.suffix(16_384))
        while let first = detail.first, first & 0xC0 == 0x80 { detail.removeFirst() }
        endInFailure(token, TrialFailure(failure.reason, String(decoding: detail, as: UTF8.self)))
    }

    public func giveBack(_ token: WorkToken) throws {
        guard try holds(token, orEndedAs: "given_back") else { return }
        change(token) { $0.outcome = "given_back" }
        makeReady(token, after: 0)
    }

    /// Ends the running attempt: tried again within the limits, or final.
    func endInFailure(_ token: WorkToken, _ failure: TrialFailure) {
        change(token) {
            $0.outcome = failure.reason.rawValue
            $0.detail = failure.detail
        }
        let tries =
            records[token.study]?.attempts[token.trial]?.filter { $0.key == token.key }.map(\.attempt) ?? []
        guard isHopeless(tries, failure.reason) else {
            let failures = tries.filter { ["crashed", "timed_out", "out_of_memory"].contains($0.outcome) }
                .count
            let backoff = min(60, Double(1 << min(max(failures, 1) - 1, 30)))
            return makeReady(token, after: failure.reason == .lost ? 0 : backoff)
        }
        records[token.study]?.work[token.key]?.state = .finished
        if token.purpose == .train {
            records[token.study]?.trials[token.trial].state = .failed
            records[token.study]?.trials[token.trial].failure = failure
        }
        if token.purpose == .replicate { failReplicate(token, because: failure) }
    }

    private func isHopeless(_ tries: [Attempt], _ reason: TrialFailure.Reason) -> Bool {
        let alike = tries.filter { $0.outcome == reason.rawValue }
        let witnesses = Set(alike.map(\.worker)).count
        return switch reason {
        case .crashed: alike.count >= 3
        case .lost: alike.count >= 8 && witnesses >= 3
        case .timedOut, .outOfMemory: witnesses >= 2 || alike.count >= 5
        case .diverged, .invalid: true
        }
    }

    private func makeReady(_ token: WorkToken, after seconds: Double) {
        records[token.study]?.work[token.key]?.state = .ready
        records[token.study]?.work[token.key]?.availableAt = now + seconds
        if token.purpose == .train { records[token.study]?.trials[token.trial].state = .ready }
    }

    private func isRunning(_ token: WorkToken) -> Bool {
        guard let work = records[token.study]?.work[token.key] else { return false }
        return work.state == .running && work.attempt == token.attempt
    }

    /// True when the attempt runs, false when it already ended so.
    private func holds(_ token: WorkToken, orEndedAs outcome: String) throws -> Bool {
        if isRunning(token) { return true }
        let ended = records[token.study]?.attempts[token.trial]?.contains {
            $0.key == token.key && $0.attempt.number == token.attempt && $0.attempt.outcome == outcome
        }
        guard ended == true else { throw StoreError.fenced }
        return false
    }

    private func change(_ token: WorkToken, _ body: (inout Attempt) -> Void) {
        let index = token.attempt - 1
        guard records[token.study]?.attempts[token.trial]?.indices.contains(index) == true else { return }
        if var attempt = records[token.study]?.attempts[token.trial]?[index].attempt {
            body(&attempt)
            records[token.study]?.attempts[token.trial]?[index].attempt = attempt
            guard attempt.outcome != "running" else { return }
            let expiry = records[token.study]?.work[token.key]?.leaseExpires ?? now
            records[token.study]?.attempts[token.trial]?[index].endedAt =
                attempt.outcome == "lost" ? min(now, expiry) : now
        }
    }
}

extension WorkToken {
    var key: InMemoryStore.WorkKey { InMemoryStore.WorkKey(trial: trial, rung: rung, purpose: purpose) }
}
