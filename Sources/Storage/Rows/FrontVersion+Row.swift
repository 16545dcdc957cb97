import Experiments

extension FrontVersion {
    init(_ row: PostgresRow) throws {
        self.init(
            version: try row.integer("version"),
            members: try row.json("members").array?.compactMap(\.integer) ?? [],
            hypervolume: try row.optionalDouble("hypervolume"), cause: try row.integer("cause"),
            isReplicated: try row.bool("is_replicated"))
    }

    var parameter: JSON {
        [
            "version": .integer(version), "members": .array(members.map(JSON.integer)),
            "hypervolume": JSON(hypervolume), "cause": .integer(cause),
            "is_replicated": .bool(isReplicated),
        ]
    }
}
