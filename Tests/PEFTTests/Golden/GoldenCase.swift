import Experiments
import Foundation
import LinearAlgebra
import PEFT

/// One case of the golden values that `tools/make_golden_values.py` computes
/// with PyTorch and PEFT in double precision.
struct GoldenCase {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/golden")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") && $0 != "base.json" && $0 != "manifest.json" }
            .map { String($0.dropLast(5)) }.sorted()
    }()

    let configuration: Configuration
    let record: JSON
    let file: SafetensorsFile
    let targets: Targets
    let batch: TokenBatch
    let base: BaseModel

    init(_ name: String) throws {
        record = try Self.json("\(name).json")
        configuration = try Configuration(json: record["configuration"]!)
        file = try SafetensorsFile(path: Self.folder.appending(path: "\(name).safetensors").path)
        base = try BaseModel(folder: ModelFolder(path: Self.folder.appending(path: "tiny-bert").path))
        let input = try Self.json("base.json")
        targets = try Self.targets(record["task"], input)
        batch = TokenBatch(
            zip(input["ids"]!.array!, input["types"]!.array!).map { ids, types in
                Encoding(
                    ids: ids.array!.map { Int32($0.integer!) },
                    typeIDs: types.array!.map { Int32($0.integer!) })
            })
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

    /// The network of the case at its stored start values.
    func network() throws -> Transformer {
        let network = try Transformer.attach(
            configuration, to: base, classes: record["task"]?["outputs"]?.integer ?? 3,
            reading: targets.readRows, seed: 1)
        let refused = network.setTrained(
            try tensors("p0.").merging(tensors("constant.")) { value, _ in value })
        precondition(refused.isEmpty, "start values that fit nothing: \(refused)")
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

    var zeroGradients: Set<String> { Set(record["zero_gradient"]?.array?.compactMap(\.string) ?? []) }
}

/// The largest absolute difference.
func difference(_ a: Matrix, _ b: Matrix) -> Double {
    zip(a.values, b.values).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
}

func magnitude(_ a: Matrix) -> Double { a.values.reduce(0) { max($0, Double(abs($1))) } }
