extension Study {
    /// The resolved study, whole.
    public var json: JSON {
        [
            "study": .string(name),
            "seed": .integer(Int(clamping: seed)),
            "model": model?.json ?? .null,
            "task": task?.json ?? .null,
            "data": data?.json ?? .null,
            "objectives": .array(objectives.map(\.json)),
            "constraints": .array(constraints.map { .string($0.description) }),
            "space": space.json,
            "search": search.json,
            "engine": engine.json,
            "directory": JSON(directory),
        ]
    }

    /// What makes it this study and no other: everything but paths, which may
    /// differ from machine to machine, and the budget, which may grow.
    public var identity: JSON {
        var copy = self
        copy.directory = nil
        copy.model?.path = ""
        copy.task = task.map(\.withoutPaths)
        copy.search.trials = 0
        copy.search.limits = SearchLimits()
        copy.search.warmStart = search.warmStart?.summarized
        return copy.json
    }

    /// SHA-256 of the identity.
    public var identityHash: String { ContentHash.sha256(of: identity) }

    /// In what the identities differ, a line each: `search.strategy: was
    /// "random", is "nsga2"`.
    public func differences(from stored: Study) -> [String] {
        Self.differences(stored.identity, identity, path: "")
    }

    private static func differences(_ old: JSON, _ new: JSON, path: String) -> [String] {
        if old == new { return [] }
        if let before = named(old), let after = named(new) {
            return differences(.object(before), .object(after), path: path)
        }
        if let before = old.array, let after = new.array, before.count == after.count {
            return zip(before, after).enumerated().flatMap { index, pair in
                differences(pair.0, pair.1, path: "\(path)[\(index)]")
            }
        }
        guard case .object(let before) = old, case .object(let after) = new else {
            return ["\(path): was \(JSONObjectReader.name(of: old)), is \(JSONObjectReader.name(of: new))"]
        }
        return Set(before.keys).union(after.keys).sorted().flatMap { key in
            differences(
                before[key] ?? .null, after[key] ?? .null, path: path.isEmpty ? key : "\(path).\(key)")
        }
    }

    /// The elements of a list by their names, if all have one of their own, as
    /// parameters do.
    private static func named(_ list: JSON) -> [String: JSON]? {
        guard let elements = list.array, !elements.isEmpty else { return nil }
        let pairs = elements.compactMap { element in element["name"]?.string.map { ($0, element) } }
        let byName = Dictionary(pairs) { first, _ in first }
        return byName.count == elements.count ? byName : nil
    }

    /// Reads a resolved study back.
    public init(json: JSON, subject: String = "stored study") throws(InputError) {
        var reader = try JSONObjectReader(json, subject: subject)
        self.init(
            name: try reader.string("study"),
            seed: UInt64(try reader.integer("seed", in: 0...(1 << 53 - 1))),
            model: try reader.object("model").map(ModelReference.init),
            task: try reader.object("task").map(TaskDefinition.init),
            data: try reader.object("data").map(DataFacts.init),
            objectives: try Self.list(&reader, "objectives", Objective.init),
            constraints: try Self.constraints(&reader),
            space: try SearchSpace(reader.requiredObject("space")),
            search: try SearchSettings(reader.requiredObject("search")),
            engine: try Engine(reader.requiredObject("engine")),
            directory: reader.optional("directory")?.string)
        try reader.finish()
    }

    private static func list<Element>(
        _ reader: inout JSONObjectReader, _ key: String,
        _ element: (JSONObjectReader) throws(InputError) -> Element
    ) throws(InputError) -> [Element] {
        var elements: [Element] = []
        for (index, value) in (try reader.array(key) ?? []).enumerated() {
            let path = "\(reader.path(to: key))[\(index)]"
            elements.append(try element(try JSONObjectReader(value, subject: reader.subject, path: path)))
        }
        return elements
    }

    private static func constraints(_ reader: inout JSONObjectReader) throws(InputError) -> [Constraint] {
        var constraints: [Constraint] = []
        for value in try reader.array("constraints") ?? [] {
            guard let text = value.string, let constraint = Constraint(text) else {
                throw reader.error(
                    "constraints",
                    "expected a bound such as \"latency_ms <= 5\", found \(JSONObjectReader.name(of: value))")
            }
            constraints.append(constraint)
        }
        return constraints
    }
}

extension Constraint {
    /// Reads `metric <= bound`, `metric >= bound` or `exportable_as contains
    /// format`.
    public init?(_ text: String) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        if let constraint = Self.exportable(parts) {
            self = constraint
            return
        }
        guard parts.count == 3, let comparison = Comparison(rawValue: String(parts[1])),
            let bound = Double(parts[2]), bound.isFinite, Measurement.isName(String(parts[0]))
        else { return nil }
        self.init(metric: String(parts[0]), comparison: comparison, bound: bound)
    }
}

extension Measurement {
    /// Whether a text can name a measurement: 1 ... 100 of ASCII letters,
    /// digits, `_`, `.`, `/` and `-`, beginning with a letter.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 100 else { return false }
        let isLetter = { (byte: UInt8) in (65...90).contains(byte) || (97...122).contains(byte) }
        return isLetter(first)
            && text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || "_./-".utf8.contains($0) }
    }
}

extension ModelReference {
    fileprivate var json: JSON {
        [
            "path": .string(path), "family": .string(family), "shape": shape.json,
            "files": .object(files.mapValues(JSON.string)),
        ]
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        var files: [String: String] = [:]
        if var entries = try reader.object("files") {
            for name in entries.keys { files[name] = try entries.string(name) }
        }
        self.init(
            path: try reader.string("path"), family: try reader.string("family"),
            shape: try ModelShape(reader.requiredObject("shape")), files: files)
        try reader.finish()
    }
}

extension ModelShape {
    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "vocabulary": .integer(vocabulary), "positions": .integer(positions),
            "token_types": .integer(tokenTypes),
            "layers": .integer(layers), "hidden": .integer(hidden), "heads": .integer(heads),
            "feed_forward": .integer(feedForward),
        ]
        // Where they are as in BERT they are not written: hashes of stored studies stay.
        if projectsEmbeddings { members["embedding"] = .integer(embedding) }
        if positionOffset > 0 { members["position_offset"] = .integer(positionOffset) }
        return .object(members)
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        let size = 1...(1 << 30)
        self.init(
            vocabulary: try reader.integer("vocabulary", in: size),
            positions: try reader.integer("positions", in: size),
            tokenTypes: try reader.integer("token_types", in: 0...(1 << 30)),
            layers: try reader.integer("layers", in: size),
            hidden: try reader.integer("hidden", in: size), heads: try reader.integer("heads", in: size),
            feedForward: try reader.integer("feed_forward", in: size))
        embedding = try reader.integer("embedding", in: size, default: hidden)
        positionOffset = try reader.integer("position_offset", in: 0...positions, default: 0)
        try reader.finish()
    }
}

extension Objective {
    fileprivate var json: JSON {
        [
            "metric": .string(metric), "direction": .string(direction.rawValue),
            "reference": reference.map {
                [
                    "worst": .number($0.worst), "best": .number($0.best),
                    "scale": .string($0.isLogarithmic ? "log10" : "linear"),
                ]
            } ?? .null,
        ]
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        let everything = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        var reference: Reference?
        if var values = try reader.object("reference") {
            reference = Reference(
                worst: try values.number("worst", in: everything),
                best: try values.number("best", in: everything),
                isLogarithmic: try values.string("scale") == "log10")
        }
        self.init(
            metric: try reader.string("metric"), direction: try reader.choice("direction"),
            reference: reference)
        try reader.finish()
    }
}

extension SearchSettings {
    fileprivate var json: JSON {
        var members: [String: JSON] = [
            "strategy": .string(strategy), "version": .integer(version), "trials": .integer(trials),
            "parallelism": .integer(parallelism),
        ]
        // A study without them is the study that it was before there were any.
        if rungs != [1] { members["rungs"] = .array(rungs.map(JSON.number)) }
        if derived > 0 { members["derived"] = .integer(derived) }
        if replicateFront > 1 { members["replicate_front"] = .integer(replicateFront) }
        members["limits"] = limits.json
        members["warm_start"] = warmStart?.json
        return .object(members)
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        self.init(
            strategy: try reader.string("strategy"),
            version: try reader.integer("version", in: 1...1_000_000),
            trials: try reader.integer("trials", in: 0...1_000_000),
            parallelism: try reader.integer("parallelism", in: 1...10_000),
            rungs: try reader.array("rungs")?.map { $0.number ?? .nan } ?? [1],
            derived: try reader.integer("derived", in: 0...100, default: 0),
            replicateFront: try reader.integer("replicate_front", in: 1...10, default: 1),
            limits: try reader.object("limits").map(SearchLimits.init) ?? SearchLimits(),
            warmStart: try reader.object("warm_start").map(WarmStart.init))
        guard Self.areRungs(rungs) else {
            throw reader.error("rungs", "expected ascending shares of the training steps that end in 1")
        }
        try reader.finish()
    }
}

extension Engine {
    fileprivate var json: JSON {
        switch self {
        case .native(let version, let numerics):
            ["native": .integer(version), "numerics": .string(numerics.rawValue)]
        case .command(let arguments): ["command": .array(arguments.map(JSON.string))]
        }
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        if reader.keys.contains("command") {
            self = .command(try reader.strings("command"))
        } else {
            self = .native(
                version: try reader.integer("native", in: 1...1_000_000),
                numerics: try reader.choice("numerics", default: .float32))
        }
        try reader.finish()
    }
}
