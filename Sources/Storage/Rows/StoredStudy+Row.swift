import Experiments

extension StoredStudy {
    init(_ row: PostgresRow) throws {
        self.init(
            id: try row.integer("id"), study: try Study(row), state: try row.value("state"),
            hash: try row.text("hash"), isTestSeen: try row.bool("is_test_seen"))
    }
}

extension Study {
    /// As it was created, with the budget of today.
    init(_ row: PostgresRow) throws {
        do {
            try self.init(json: row.json("resolved"))
        } catch let error as InputError {
            throw row.unreadable("resolved", "is no study of this program's version: \(error)")
        }
        search.trials = try row.integer("budget")
    }
}
