extension WarmStart {
    var json: JSON {
        [
            "version": .integer(Self.version), "request": request.json,
            "sources": .array(sources.map(\.json)),
        ]
    }

    init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        _ = try reader.integer("version", in: Self.version...Self.version)
        self.init(try Request(reader.required("request", expected: "auto or names"), reader))
        let sources = try reader.array("sources") ?? []
        guard sources.count <= Self.mostSources else {
            throw reader.error("sources", "expected at most \(Self.mostSources), found \(sources.count)")
        }
        for (index, json) in sources.enumerated() {
            let path = "\(reader.path(to: "sources"))[\(index)]"
            self.sources.append(
                try Source(JSONObjectReader(json, subject: reader.subject, path: path)))
        }
        try reader.finish()
    }
}

extension WarmStart.Request {
    var json: JSON {
        switch self {
        case .automatic: "auto"
        case .studies(let names): .array(names.map(JSON.string))
        }
    }

    /// Reads `auto` or a list of names.
    public init(_ json: JSON, _ reader: JSONObjectReader) throws(InputError) {
        if json == "auto" {
            self = .automatic
            return
        }
        let names = json.array?.compactMap(\.string) ?? []
        guard names.count == json.array?.count, (1...WarmStart.mostSources).contains(names.count),
            Set(names).count == names.count, !names.contains("")
        else {
            throw reader.error(
                "warm_start",
                "expected auto or a list of 1 to \(WarmStart.mostSources) different studies, found "
                    + JSONObjectReader.name(of: json))
        }
        self = .studies(names)
    }
}

extension WarmStart.Source {
    fileprivate var json: JSON {
        [
            "study": .string(study), "hash": .string(hash), "similarity": .number(similarity),
            "digest": .string(digest), "trials": .array(trials.map(\.json)),
        ]
    }

    static func digest(of trials: [WarmStart.SourceTrial]) -> String {
        ContentHash.sha256(of: .array(trials.map(\.json)))
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        let stored = try reader.array("trials") ?? []
        let trials = stored.compactMap(WarmStart.SourceTrial.init)
        guard trials.count == stored.count, trials.count <= WarmStart.mostTrials else {
            throw reader.error("trials", "expected at most \(WarmStart.mostTrials) assignments with ranks")
        }
        self.init(
            study: try reader.string("study"), hash: try reader.string("hash"),
            similarity: try reader.number("similarity", in: 0...1), trials: trials)
        guard try reader.string("digest") == digest else {
            throw reader.error("digest", "is not that of the trials")
        }
        try reader.finish()
    }
}

extension WarmStart.SourceTrial {
    fileprivate var json: JSON {
        ["assignment": .object(assignment), "ranks": .array(ranks.map { JSON($0) })]
    }

    fileprivate init?(_ json: JSON) {
        guard let assignment = json["assignment"]?.object, let ranks = json["ranks"]?.array,
            ranks.allSatisfy({ $0 == .null || (0..<1).contains($0.number ?? -1) })
        else { return nil }
        self.init(assignment: assignment, ranks: ranks.map(\.number))
    }
}
