import Experiments

extension FrontVersion {
    init(_ row: PostgresRow) throws {
        self.init(
            version: try row.integer("version"),
            members: try row.json("members").array?.compactMap(\.integer) ?? [],
            hypervolume: try row.optionalDouble("hypervolume"), cause: try row.integer("cause"))
    }

    var parameter: JSON {
        [
            "version": .integer(version), "members": .array(members.map(JSON.integer)),
            "hypervolume": JSON(hypervolume), "cause": .integer(cause),
        ]
    }
}
