import Testing

@Suite(.needsPostgres)
struct RaceTests {
    @Test(arguments: Race.all)
    func `two writes at once come out as one after the other`(_ race: Race) async throws {
        try await TestDatabase.withSchema(connections: 2) { client in
            #expect(try await race.run(in: client) == race.outcome)
            try await race.mutant.withoutRule(in: client) {
                let mutated = try await race.run(in: client)
                #expect(mutated != race.outcome, "\(race.mutant.testDescription): nobody misses it")
            }
            #expect(try await race.run(in: client) == race.outcome)
        }
    }
}
