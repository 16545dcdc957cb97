import Experiments
import Storage
import TestSupport
import Testing

@Suite(.needsPostgres)
struct ConcurrencyTests {
    @Test func `eight workers at once run each of 200 trials once`() async throws {
        try await TestDatabase.withStore(connections: 8) { subject in
            let (study, _) = try await subject.studyWithTrials(200)
            let tokens = try await withThrowingTaskGroup(of: [WorkToken].self) { group in
                for _ in 0..<8 { group.addTask { try await runAll(subject) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(tokens.map(\.trial).sorted() == Array(0..<200))
            #expect(tokens.allSatisfy { $0.attempt == 1 })
            let trials = try await subject.store.trials(of: study.id)
            #expect(trials.count == 200)
            #expect(
                trials.allSatisfy { $0.state == .done && $0.measurements == TrialResult.sample.measurements })
        }
    }

    @Test func `workers that claim, crash and vanish at once end each trial once`() async throws {
        try await TestDatabase.withSchema(connections: 8) { client in
            let subject = StoreUnderTest(client)
            // On a busy machine every lease may run out, and no number of losses is too many here.
            try await client.query(Statement("allow_losses", "UPDATE retry_policy SET loss_limit = 10000"))
            let (study, _) = try await subject.studyWithTrials(40)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 { group.addTask { try await misbehave(subject, as: index) } }
                try await group.waitForAll()
            }
            try await subject.advance(60)
            try await subject.store.expireLeases()
            _ = try await runAll(subject)
            let trials = try await subject.store.trials(of: study.id)
            #expect(trials.allSatisfy { $0.state == .done })
            for trial in trials {
                let attempts = try await subject.store.attempts(at: trial.number, of: study.id)
                #expect(attempts.map(\.number) == Array(1...attempts.count))
                #expect(attempts.filter { $0.outcome == "finished" }.count == 1)
            }
        }
    }
}

/// Claims and finishes until nothing is ready.
private func runAll(_ subject: StoreUnderTest) async throws -> [WorkToken] {
    let worker = try await subject.newWorker()
    var tokens: [WorkToken] = []
    while let claim = try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: 60) {
        try await subject.queue.renew(
            claim.token, leaseSeconds: 60, reports: [Report(step: 1, metrics: ["loss": 1])])
        try await subject.queue.finish(claim.token, with: .sample)
        tokens.append(claim.token)
    }
    return tokens
}

/// Finishes a quarter of what it claims; gives back, drops or renews the rest.
private func misbehave(_ subject: StoreUnderTest, as index: Int) async throws {
    let worker = try await subject.newWorker()
    for round in 0..<20 {
        let seconds = (round + index).isMultiple(of: 4) ? 0.001 : 0.5
        guard let claim = try await subject.queue.claim(worker: worker, study: nil, leaseSeconds: seconds)
        else {
            try await subject.store.expireLeases()
            continue
        }
        do {
            switch (round + index) % 4 {
            case 0: break
            case 1: try await subject.queue.giveBack(claim.token)
            case 2: try await subject.queue.finish(claim.token, with: .sample)
            default:
                try await subject.queue.renew(
                    claim.token, leaseSeconds: 0.5, reports: [Report(step: 1, metrics: [:])])
            }
            try await subject.store.expireLeases()
        } catch StoreError.fenced {
            continue
        }
    }
}
