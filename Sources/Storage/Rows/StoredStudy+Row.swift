import Experiments

extension StoredStudy {
    init(_ row: PostgresRow) throws {
        self.init(
            id: try row.integer("id"), study: try Study(row), state: try row.value("state"),
            hash: try row.text("hash"), isTestSeen: try row.bool("is_test_seen"), cut: try SearchCut(row),
            hasGrown: try row.bool("has_grown"),
            isPaused: try row.bool("is_paused"))
        // Those of today; a resolved study has those of its last file.
        study.search.limits = try SearchLimits(row)
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

extension SearchLimits {
    fileprivate init(_ row: PostgresRow) throws {
        guard try row.optionalText("limits") != nil else {
            self.init()
            return
        }
        do {
            try self.init(JSONObjectReader(row.json("limits"), subject: "stored limits"))
        } catch let error as InputError {
            throw row.unreadable("limits", "\(error)")
        }
    }
}

extension SearchCut {
    /// Nil where the search was not cut.
    fileprivate init?(_ row: PostgresRow) throws {
        guard let trials = try row.optionalInteger("cut") else { return nil }
        self.init(trials: trials, reason: try row.value("cut_reason"))
    }
}
