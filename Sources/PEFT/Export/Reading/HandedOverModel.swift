public import Experiments
import Foundation
import LinearAlgebra

/// A fine-tuned model in a folder, whoever wrote it: an export of this program
/// in any format, an adapter of Hugging Face PEFT, or a classifier of the
/// library transformers.
///
/// Used by one thread at a time.
public struct HandedOverModel {
    /// By id; empty for a model that gives a number.
    public let labels: [String]
    /// Whether it gives each word a label, not each text.
    public var tagsWords: Bool { network.readRows == .all }
    /// The columns of the text that the export names; nil where it names none.
    public let text: [String]?
    package let network: Transformer
    let tokenizer: Tokenizer
    let maximumLength: Int

    /// Opens a folder.
    ///
    /// - Parameters:
    ///   - base: the base model of an adapter; nil for where the adapter says
    ///     it lies.
    ///   - maximumLength: in tokens; nil for that of the export, or as many as
    ///     the model has positions.
    /// - Throws: when anything of the folder is not understood: nothing that
    ///   may change what it computes is passed over.
    public init(folder: String, base: String? = nil, maximumLength: Int? = nil) throws(InputError) {
        let record = try ExportRecord(in: folder)
        let parts = try Self.parts(of: folder, base: base, record)
        network = try parts.network(path: folder)
        labels = try Self.labels(record, parts, folder, count: network.head.classifier.weight.value.rows)
        text = record?.text
        tokenizer = try Tokenizer(folder: parts.folder.path)
        let shape = parts.folder.configuration.shape
        guard tokenizer.vocabularySize <= shape.vocabulary else {
            throw InputError(
                parts.folder.path,
                reason: "the tokenizer has \(tokenizer.vocabularySize) tokens, the model \(shape.vocabulary)")
        }
        // Virtual tokens take positions.
        let positions = shape.longestSequence - network.embeddings.positionOffset
        guard positions >= 3 else {
            throw InputError(
                folder,
                reason: "virtual tokens take \(network.embeddings.positionOffset) of the model's "
                    + "\(shape.longestSequence) positions, and a text needs at least 3")
        }
        self.maximumLength = min(maximumLength ?? record?.maximumLength ?? positions, positions)
        guard self.maximumLength >= 3 else {
            throw InputError("--max-length", reason: "expected at least 3 tokens, two of them special")
        }
    }

    private static func parts(
        of folder: String, base: String?, _ record: ExportRecord?
    ) throws(InputError) -> ModelParts {
        let isWhole = RegularFile.exists("\(folder)/config.json")
        if RegularFile.exists("\(folder)/adapter_setup.json") {
            let hasOwn = RegularFile.exists("\(folder)/base/config.json")
            let path = hasOwn ? "\(folder)/base" : try place(base ?? record?.base, of: folder)
            var parts = try ModelParts(of: ModelFolder(path: path), reading: .first)
            try AdapterHubReader(folder: folder).apply(to: &parts)
            return parts
        }
        if RegularFile.exists("\(folder)/adapter_config.json") {
            let adapter = try PEFTAdapterReader(folder: folder)
            let hasOwn = RegularFile.exists("\(folder)/base/config.json")
            let path =
                isWhole ? folder : hasOwn ? "\(folder)/base" : try place(base ?? adapter.base, of: folder)
            var parts = try ModelParts(of: ModelFolder(path: path), reading: adapter.readRows)
            try adapter.apply(to: &parts)
            return parts
        }
        let model = try ModelFolder(path: folder)
        let path = "\(folder)/config.json"
        let config = try RegularFile(path: path).json(limit: 1 << 20)
        let settings = try CustomCodeReader.parts(in: config, path: path)
        var parts = try ModelParts(of: model, reading: ReadRows(architectures: config["architectures"]))
        if let settings { try CustomCodeReader(folder: model).attach(settings, to: &parts) }
        return parts
    }

    /// Where the base of an adapter lies.
    private static func place(_ base: String?, of folder: String) throws(InputError) -> String {
        guard let base, RegularFile.exists("\(base)/config.json") else {
            throw InputError(
                folder,
                reason: "is an adapter, and its base model "
                    + (base.map { "\($0.prefix(200)) is not a folder here" } ?? "is not named"),
                suggestion: "--model FOLDER with the base model")
        }
        return base
    }

    /// As transformers names labels that nobody has named; none where a single
    /// output is a number.
    private static func labels(
        _ record: ExportRecord?, _ parts: ModelParts, _ folder: String, count: Int
    ) throws(InputError) -> [String] {
        if let record {
            guard max(record.labels.count, 1) == count else {
                throw InputError(
                    "\(folder)/\(ExportRecord.fileName)", key: "labels",
                    reason: "has \(record.labels.count) labels, the classifier \(count)")
            }
            return record.labels
        }
        let path = "\(parts.folder.path)/config.json"
        let config = try RegularFile(path: path).json(limit: 1 << 20)
        let isNumber = count == 1 && parts.readRows == .first
        let expected = isNumber ? "regression" : "single_label_classification"
        let type = config["problem_type"] ?? .null
        // A model of words does not look at it.
        guard type == .null || type == .string(expected) || parts.readRows == .all else {
            throw InputError(
                path, key: "problem_type",
                reason: "\(type.canonicalText.prefix(60)) is not read; expected \(expected)")
        }
        guard !isNumber else { return [] }
        let names = config["id2label"]?.object ?? [:]
        let labels = (0..<count).map { names["\($0)"]?.string ?? "LABEL_\($0)" }
        return names.count == count ? labels : (0..<count).map { "LABEL_\($0)" }
    }
}
