import Experiments
import Foundation
import LinearAlgebra
import PEFT
import TestSupport

/// One case of the golden values that `tools/make_golden_values.py` computes
/// with PyTorch and PEFT in double precision.
struct GoldenCase {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/golden")

    /// The families other than BERT, whose cases lie in folders of their own.
    static let families = ["distilbert", "electra", "roberta"]

    /// `lora_qv` of BERT, `roberta/lora_qv` of another family.
    static let names = names(in: "") + families.flatMap { names(in: "\($0)/") }

    private static func names(in prefix: String) -> [String] {
        let path = folder.appending(path: prefix).path
        let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return files.filter { $0.hasSuffix(".json") && $0 != "base.json" && $0 != "manifest.json" }
            .map { prefix + $0.dropLast(5) }.sorted()
    }

    private let sources: ComponentSources
    private let name: String

    /// What stands before the names of a case's other files.
    let prefix: String
    let configuration: Configuration
    let record: JSON
    let file: SafetensorsFile
    let targets: Targets
    let batch: TokenBatch
    let base: BaseModel

    init(_ name: String) throws {
        self.name = name
        prefix = name.split(separator: "/").dropLast().map { "\($0)/" }.joined()
        record = try Self.json("\(name).json")
        configuration = try Configuration(json: record["configuration"]!)
        file = try SafetensorsFile(path: Self.folder.appending(path: "\(name).safetensors").path)
        let model = try Self.model(prefix)
        base = try BaseModel(folder: model)
        let reference = ModelReference(
            path: model.path, family: base.family.name, shape: base.shape, files: try model.fileHashes())
        sources = ComponentSources(
            modelFolder: model.path, labels: [], modelFingerprint: reference.fingerprint,
            artifactFolders: [Self.folder.appending(path: "fusion_artifacts").path])
        let input = try Self.json("\(prefix)base.json")
        targets = try Self.targets(record["task"], input)
        batch = TokenBatch(
            zip(input["ids"]!.array!, input["types"]!.array!).map { ids, types in
                Encoding(
                    ids: ids.array!.map { Int32($0.integer!) },
                    typeIDs: types.array!.map { Int32($0.integer!) })
            })
    }

    /// The tiny model of a family.
    static func model(_ prefix: String) throws -> ModelFolder {
        let family = prefix.isEmpty ? "bert" : prefix.dropLast()
        return try ModelFolder(path: folder.appending(path: "\(prefix)tiny-\(family)").path)
    }

    static func json(_ name: String) throws -> JSON {
        try JSON.parse(Array(Data(contentsOf: folder.appending(path: name))))
    }

    /// Those of the batch, where the case has none of its own.
    private static func targets(_ task: JSON?, _ input: JSON) throws -> Targets {
        guard let task, let own = task["targets"]?.array else {
            return .labels(input["labels"]!.array!.map { $0.integer! })
        }
        if task["kind"] == "regression" { return .values(own.map { $0.number! }) }
        let rows = own.map { $0.array!.map { $0.integer! } }
        let words = rows.map { row in row.indices.filter { row[$0] != -100 } }
        return .tags(
            WordTags(
                tags: zip(rows, words).flatMap { row, words in words.map { Int32(row[$0]) } },
                offsets: words.reduce(into: [0]) { $0.append($0.last! + $1.count) },
                firstTokens: words.flatMap { $0.map(Int32.init) }))
    }

    /// Whether its steps have the engine's draws of seed 0.
    var draws: Bool { record["draws"] == true }

    /// Whether only its steps have them, and what comes before is of the whole
    /// network.
    var drawsInSteps: Bool { record["draws"] == "steps" }

    /// Of the head.
    var outputs: Int { record["task"]?["outputs"]?.integer ?? 3 }

    /// The network of the case at its stored start values.
    func network() throws -> Transformer {
        let network = try Transformer.attach(
            configuration, to: base, classes: outputs,
            reading: targets.readRows, seed: 1, sources: sources)
        let refused = network.setTrained(
            try tensors("p0.").merging(tensors("constant.")) { value, _ in value })
        guard refused.isEmpty else {
            throw InputError("golden values", reason: "start values that fit nothing: \(refused)")
        }
        return network
    }

    func tensors(_ prefix: String) throws -> [String: Matrix] {
        var tensors: [String: Matrix] = [:]
        for name in file.names where name.hasPrefix(prefix) {
            tensors[String(name.dropFirst(prefix.count))] = try matrix(name)
        }
        return tensors
    }

    func matrix(_ name: String) throws -> Matrix {
        let shape = file[name]!.shape
        return Matrix(
            rows: shape.count > 1 ? shape[0] : 1, columns: shape.last ?? 1, values: try file.floats(name))
    }

    func tolerance(_ key: String) -> Double { record["tolerance"]![key]!.number! }

    /// Keeps the error for the page of all methods, among those of BERT.
    func record(_ check: MeasuredErrors.Check, _ error: Double, tolerance key: String) {
        record(check, error, below: tolerance(key))
    }

    func record(_ check: MeasuredErrors.Check, _ error: Double, below tolerance: Double) {
        MeasuredErrors.record(
            check, of: String(name.dropFirst(prefix.count)), error: error, tolerance: tolerance)
    }

    var zeroGradients: Set<String> { Set(record["zero_gradient"]?.array?.compactMap(\.string) ?? []) }
}

/// The largest absolute difference.
func difference(_ a: Matrix, _ b: Matrix) -> Double {
    zip(a.values, b.values).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
}

func magnitude(_ a: Matrix) -> Double { a.values.reduce(0) { max($0, Double(abs($1))) } }
