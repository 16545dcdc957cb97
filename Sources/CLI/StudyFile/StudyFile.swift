import Experiments
import Foundation

/// A study as a person writes it, before anything it names is looked at.
struct StudyFile {
    let path: String
    var name: String
    var seed: Int
    var model: String?
    var task: TaskDefinition?
    var objectives: [Objective]
    var constraints: [Constraint]
    var space: JSON
    var strategy: String
    var trials: Int
    var parallelism: Int
    /// Ascending shares of a trial's steps; the last is 1.
    var rungs: [Double]
    /// The most smaller configurations that follow from a trained one.
    var derived: Int
    /// Seeds from which each member of the front is trained in all.
    var replicateFront: Int
    /// What else may end it.
    var limits: SearchLimits
    /// Finished studies to begin from.
    var warmStart: WarmStart.Request?
    /// Slots that run it here; execution only.
    var workers: Int
    /// Nil for the native engine.
    var command: [String]?
    /// Of the native engine; nil for what suits this machine.
    var numerics: Numerics?
    /// For errors found later: a key's line.
    let document: YAMLDocument

    static let defaultTrials = 64

    /// Reads the file; paths in it are relative to its folder.
    init(path: String) throws(InputError) {
        try self.init(YAMLDocument(path: path), path: path)
    }

    init(_ document: YAMLDocument, path: String) throws(InputError) {
        self.document = document
        self.path = path
        do {
            var reader = try JSONObjectReader(document.json, subject: path)
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            name = try Self.name(&reader)
            seed = try reader.integer("seed", in: 0...(1 << 53 - 1), default: 0)
            command = try Self.command(&reader)
            model = try reader.optional("model").map { value throws(InputError) in
                try Self.path(value, "model", reader, folder)
            }
            task = try reader.object("task").map { reader throws(InputError) in
                try TaskFile(reader, folder: folder).task
            }
            let kind = command == nil ? task?.kind ?? .classification : nil
            objectives = try ObjectivesFile.objectives(&reader, native: kind)
            constraints = try ObjectivesFile.constraints(&reader, native: kind)
            space = reader.optional("space") ?? .string("hybrid")
            (strategy, trials, parallelism, rungs, derived, replicateFront, limits, warmStart) =
                try Self.search(
                    &reader, of: name, isNative: command == nil)
            numerics = try Self.numerics(&reader, isNative: command == nil)
            workers = try reader.integer("workers", in: 1...1024, default: 1)
            try reader.finish()
            if command == nil { try refuseWithoutModelOrTask(reader) }
        } catch {
            throw document.located(error)
        }
    }

    private func refuseWithoutModelOrTask(_ reader: JSONObjectReader) throws(InputError) {
        if model == nil { throw reader.error("model", "is missing: expected a Hugging Face folder") }
        if task == nil {
            throw reader.error("task", "is missing: expected kind, train, validation, text, label")
        }
    }

    private static func name(_ reader: inout JSONObjectReader) throws(InputError) -> String {
        let name = try reader.string("study")
        let isPlain = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "_-.".utf8.contains(byte)
        }
        guard isPlain, name.utf8.count <= 100, !name.hasPrefix("."), !name.hasPrefix("-") else {
            throw reader.error(
                "study",
                "expected up to 100 letters, digits, _, - and ., found \(JSONObjectReader.name(of: .string(name)))"
            )
        }
        return name
    }

    private static func command(_ reader: inout JSONObjectReader) throws(InputError) -> [String]? {
        guard let engine = reader.optional("engine"), engine != "native" else { return nil }
        guard engine.object != nil else {
            throw reader.error(
                "engine",
                "expected native or {command: [program, argument, ...]}, found \(JSONObjectReader.name(of: engine))",
                try: InputError.nearest(to: engine.string ?? "", in: ["native"]))
        }
        var members = try JSONObjectReader(engine, subject: reader.subject, path: "engine")
        let words = try members.array("command") ?? []
        try members.finish()
        let arguments = words.compactMap { $0.string ?? $0.integer.map(String.init) }
        guard !arguments.isEmpty, arguments.count == words.count, !arguments[0].isEmpty else {
            throw members.error("command", "expected a list of texts: the program and its arguments")
        }
        return arguments
    }

    private static func numerics(
        _ reader: inout JSONObjectReader, isNative: Bool
    ) throws(InputError) -> Numerics? {
        guard reader.optional("numerics") != nil else { return nil }
        guard isNative else { throw reader.error("numerics", "is of the native engine alone") }
        return try reader.choice("numerics")
    }

    private static func search(
        _ reader: inout JSONObjectReader, of name: String, isNative: Bool
    ) throws(InputError) -> (
        strategy: String, trials: Int, parallelism: Int, rungs: [Double], derived: Int, replicateFront: Int,
        limits: SearchLimits, warmStart: WarmStart.Request?
    ) {
        guard var search = try reader.object("search") else {
            return ("auto", defaultTrials, 4, [1], 0, 1, SearchLimits(), nil)
        }
        let limits = try LimitsFile.limits(&search)
        let settings = (
            try search.string("strategy", default: "auto"),
            try search.integer(
                "trials", in: 1...1_000_000,
                default: limits.areMeasured ? SearchLimits.defaultTrials : defaultTrials),
            try search.integer("parallelism", in: 1...1000, default: 4),
            try rungs(&search), try derived(&search, isNative: isNative),
            try search.integer("replicate_front", in: 1...10, default: 1), limits,
            try warmStart(&search, of: name)
        )
        if settings.0 == "oneshot" {
            guard isNative else {
                throw search.error("strategy", "\"oneshot\" is of the native engine alone")
            }
            guard settings.3.count == 1 else {
                throw search.error(
                    "rungs",
                    "\"oneshot\" has none: its super-network must be trained whole to have parts to measure")
            }
            guard settings.4 > 0 else {
                throw search.error(
                    "derived", "expected 1 or more: they are the parts that \"oneshot\" measures")
            }
        }
        try search.finish()
        return settings
    }

    private static func derived(
        _ search: inout JSONObjectReader, isNative: Bool
    ) throws(InputError) -> Int {
        let isOneShot = isNative && search.optional("strategy")?.string == "oneshot"
        let derived = try search.integer(
            "derived", in: 0...64, default: isOneShot ? SearchSettings.superNetworkParts : 0)
        guard derived == 0 || isNative else {
            throw search.error("derived", "is of the native engine alone: a command's tensors are its own")
        }
        return derived
    }

    private static func warmStart(
        _ search: inout JSONObjectReader, of name: String
    ) throws(InputError) -> WarmStart.Request? {
        guard let value = search.optional("warm_start") else { return nil }
        let request = try WarmStart.Request(value, search)
        if case .studies(let names) = request, names.contains(name) {
            throw search.error("warm_start", "a study cannot begin from itself")
        }
        return request
    }

    /// The shares themselves, or how many there are: each a third of the next.
    private static func rungs(_ search: inout JSONObjectReader) throws(InputError) -> [Double] {
        guard let value = search.optional("rungs") else { return [1] }
        if let count = value.integer, (1...6).contains(count) {
            return (0..<count).reversed().map { pow(3, -Double($0)) }
        }
        let shares = value.array?.compactMap(\.number) ?? []
        guard shares.count == value.array?.count, shares.count <= 20, SearchSettings.areRungs(shares) else {
            throw search.error(
                "rungs",
                "expected how many (1 to 6), or ascending shares of the training steps that end in 1 such as"
                    + " [0.1, 0.3, 1], found \(JSONObjectReader.name(of: value))")
        }
        return shares
    }

    static func path(
        _ value: JSON, _ key: String, _ reader: JSONObjectReader, _ folder: URL
    ) throws(InputError) -> String {
        guard let text = value.string, !text.isEmpty else {
            throw reader.error(key, "expected a path, found \(JSONObjectReader.name(of: value))")
        }
        return URL(fileURLWithPath: text, relativeTo: folder).standardizedFileURL.path
    }
}
