public import Experiments

extension PostgresStudyStore {
    public func extend(_ study: StudyID, limits: SearchLimits) async throws {
        try await client.query(.extendLimits, [.integer(study), Self.parameter(limits)])
    }

    public func cut(
        _ study: StudyID, at cut: SearchCut, under limits: SearchLimits, epoch: Int
    ) async throws {
        try await client.query(
            .cutSearch,
            [
                .integer(study), .integer(epoch), .integer(cut.trials), .text(cut.reason.rawValue),
                Self.parameter(limits),
            ])
    }

    public func spending(of study: StudyID) async throws -> SearchSpending {
        guard let row = try await client.query(.spending, [.integer(study)]).first else {
            return SearchSpending()
        }
        return SearchSpending(
            wallSeconds: try row.double("wall"), endedSeconds: try row.double("ended"),
            runningSeconds: try row.double("running"), unmeteredSeconds: try row.double("unmetered"),
            meteredJoules: try row.double("joules"))
    }

    private static func parameter(_ limits: SearchLimits) -> SQLValue {
        limits.json.map(SQLValue.json) ?? .null
    }
}
