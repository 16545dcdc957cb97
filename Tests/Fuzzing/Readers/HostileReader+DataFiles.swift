import Experiments
import PEFT

extension HostileReader {
    /// The files of a task.
    static let dataFiles: [(name: String, make: @Sendable () throws -> HostileReader)] =
        ["tsv", "csv", "jsonl"].map { format in (format, { try table(format) }) } + [("conll", taggedWords)]

    private static let fields = [
        "", "text", "label", "pair", "\"", "\"\"", "\"a,b\"", "\"a", "a\"b", ",", "\t", "1", "1.0", "-1",
        "99999999999999999999", "\u{0}", "é", "\r", "{}", "null", "\u{FEFF}", "[1]", "{\"text\":1}",
    ]

    @Sendable private static func taggedWords() throws -> HostileReader {
        let folder = try ScratchFolder()
        let task = TaskDefinition(
            kind: .tokenClassification, train: DataFile(path: "\(folder.path)/train.conll", sha256: nil),
            validation: .share(0.3), test: nil, text: [], label: "", maximumLength: 16)
        let seed = "-DOCSTART- O\n\nthe\tO\ncat\tB-x\nsat\tI-x\n\na\tO\ndog\tB-y\n\none two B-x\n"
        let tags = ["O", "B-", "I-x", "B-y", "E-x", "S-é", "-", "B", "\t", " ", "\u{0}", "-DOCSTART-", "\r"]
        return HostileReader(
            "conll", seeds: [Array(seed.utf8)],
            mutation: LineMutation(separator: UInt8(ascii: "\t"), fields: tags)
        ) { input in
            _ = try folder.write("train.conll", input)
            _ = try TaskData.tokenClassification(task, seed: 1)
        }
    }

    private static func table(_ format: String) throws -> HostileReader {
        let folder = try ScratchFolder()
        let task = TaskDefinition(
            train: DataFile(path: "\(folder.path)/train.\(format)", sha256: nil), validation: .share(0.3),
            test: nil, text: ["text", "pair"], label: "label", maximumLength: 16)
        let separator = format == "tsv" ? "\t" : ","
        let rows = [("a cat", "no"), ("a dog", "yes"), ("one, \"two\"", "no"), ("é", "yes")]
        let seed =
            format == "jsonl"
            ? rows.map { #"{"text":\#(JSON.string($0).canonicalText),"pair":"p","label":"\#($1)"}"# }
            : ["text", "pair", "label"].joined(separator: separator).asLine
                + rows.map { [format == "csv" ? $0.quoted : $0, "p", $1].joined(separator: separator) }
        return HostileReader(
            format, seeds: [Array(seed.joined(separator: "\n").utf8)],
            mutation: LineMutation(separator: separator.utf8.first ?? 0, fields: fields)
        ) { input in
            _ = try folder.write("train.\(format)", input)
            var limits = DatasetReader.Limits()
            limits.line = 1 << 12
            _ = try DatasetReader.read(file: task.train, task: task, limits: limits)
            _ = try? TaskData.classification(task, seed: 1)
            _ = try? TaskData.regression(task, seed: 1)
        }
    }
}

extension String {
    fileprivate var asLine: [String] { [self] }
    fileprivate var quoted: String { "\"\(replacing("\"", with: "\"\""))\"" }
}
