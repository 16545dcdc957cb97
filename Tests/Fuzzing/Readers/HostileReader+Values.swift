import Experiments
import PEFT
import Search
import StudyExamples

extension HostileReader {
    /// JSON alone, what is stored as JSON, and what a person writes in YAML.
    static let values: [(name: String, make: @Sendable () throws -> HostileReader)] = [
        ("json", { try json() }), ("configuration", { try configuration() }), ("study", { study() }),
        ("study_file", { try studyFile() }),
    ]

    /// What is read is written and read again.
    private static func json() throws -> HostileReader {
        let seeds = try Fixtures.configurations() + [Study.example.json]
        return HostileReader(
            "json", seeds: seeds.map { Array($0.canonicalText.utf8) },
            mutation: JSONMutation(words: ["a", "é", "\u{10FFFF}"])
        ) { input in
            let value = try JSON.parse(input)
            try require(JSON.parse(value.canonicalText) == value, "the canonical text is another value")
            try require(JSON.parse(value.indentedText) == value, "the indented text is another value")
        }
    }

    static let configurationWords =
        Component.methods.flatMap { words(of: $0) }
        + [
            "components", "head", "training", "ranks", "widths", "lengths", "length", "layers", "sites",
            "site", "embeddings", "0.query", "1.value", "2.ffn_in", "3.key", "1.ffn_out", "0.ffn", "0", "1",
            "2", "3", "parallel_ffn", "serial_ffn", "pfeiffer", "absent", "frozen", "trained",
        ]

    /// The name, the settings and their choices.
    private static func words<Method: AdaptationMethod>(of method: Method.Type) -> [String] {
        [Method.name]
            + Method.settings.flatMap { setting in
                guard case .choice(let names) = setting.range else { return [setting.name] }
                return [setting.name] + names
            }
    }

    static func configurationSeeds() throws -> [[UInt8]] {
        try Fixtures.configurations().map { Array($0.canonicalText.utf8) }
    }

    /// What is read has a canonical form that is read as the same.
    private static func configuration() throws -> HostileReader {
        let shape = Study.example.model!.shape
        return HostileReader(
            "configuration", seeds: try configurationSeeds(),
            mutation: JSONMutation(words: configurationWords), isWellFormed: isJSON
        ) { input in
            let configuration = try Configuration(json: JSON.parse(input))
            try require(
                Configuration(json: configuration.json) == configuration,
                "the canonical form is another configuration")
            try configuration.check(against: shape, maximumLength: 16)
            _ = Costs.trainableParameters(of: configuration, shape: shape, labels: 3)
        }
    }

    /// A stored study that is read can be hashed and compared.
    private static func study() -> HostileReader {
        let stored = Study.example
        return HostileReader(
            "study", seeds: [Array(stored.json.canonicalText.utf8)],
            mutation: JSONMutation(words: [
                "model", "task", "data", "space", "native", "command", "literal", "int", "float", "choice",
                "levels", "log", "log2", "linear", "when", "name", "domain", "share", "bf16", "float32",
            ]), isWellFormed: isJSON
        ) { input in
            let study = try Study(json: JSON.parse(input))
            try require(Study(json: study.json).json == study.json, "the study is not read back")
            _ = study.identityHash
            _ = study.differences(from: stored)
        }
    }

    private static func studyFile() throws -> HostileReader {
        let shape = Study.example.model!.shape
        return HostileReader(
            "study_file",
            seeds: try [Fixtures.example("wordnet.yaml"), Fixtures.example("command/study.yaml")],
            mutation: LineMutation(
                separator: UInt8(ascii: " "),
                fields: [
                    "", "-", "?", ":", "&a", "*a", "[[", "{", "}", "]", "'", "\"", "|", ">", "!!int", "%",
                    "#",
                    "1e999", "-1", "9223372036854775808", "~", "0.1", "- &a [*a]", "? *a", "<<: *a", "---",
                    "\t", "space:", "[1, 64]", "{int: [1, 9]}", "accuracy <= 1", "search:", "trials:",
                ]),
            isWellFormed: { text in
                let text = String(decoding: text, as: UTF8.self)
                return (try? YAMLDocument(text: text, subject: "study.yaml")) != nil
            }
        ) { input in
            guard let text = String(validating: input, as: UTF8.self) else {
                throw InputError("study.yaml", reason: "is not UTF-8")
            }
            let document = try YAMLDocument(text: text, subject: "study.yaml")
            let file = try StudyFile(document, path: "study.yaml")
            _ = try SpaceFile.space(file, shape: file.command == nil ? shape : nil)
        }
    }
}
