import TestSupport
import Testing

@Suite(.needsPostgres)
struct ConformanceTests {
    @Test(arguments: StudyStoreConformance.rules)
    func `the PostgreSQL store obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: RungConformance.rules)
    func `the PostgreSQL store with rungs obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: DerivedConformance.rules)
    func `the PostgreSQL store with derived trials obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: ReplicateConformance.rules)
    func `the PostgreSQL store with replicates obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: LimitsConformance.rules)
    func `the PostgreSQL store with limits obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: QueueConformance.rules)
    func `the PostgreSQL store at speed and at size obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: OperationsConformance.rules)
    func `the PostgreSQL store obeys people by the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }

    @Test(arguments: TrialQueueConformance.rules)
    func `the PostgreSQL queue obeys the rule`(_ rule: ConformanceRule) async throws {
        try await TestDatabase.withStore(rule.check)
    }
}

struct InMemoryConformanceTests {
    @Test(
        arguments: StudyStoreConformance.rules + TrialQueueConformance.rules + RungConformance.rules
            + DerivedConformance.rules + LimitsConformance.rules + ReplicateConformance.rules
            + QueueConformance.rules + OperationsConformance.rules)
    func `the store in memory obeys the rule`(_ rule: ConformanceRule) async throws {
        try await rule.check(InMemoryStore().subject)
    }
}
