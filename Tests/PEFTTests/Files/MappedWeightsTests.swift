import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Models whose weights stay in their file, against those that are read.
@Suite struct MappedWeightsTests {
    let folder: TemporaryFolder
    let weights: String

    /// A copy of the fixture's model.
    init() throws {
        folder = try TemporaryFolder()
        weights = "\(folder.path)/model.safetensors"
        for name in ["config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors"] {
            _ = try folder.write(name, try readFile(fixture("golden/tiny-bert/\(name)")))
        }
    }

    private func base(mapsFiles: Bool) throws -> BaseModel {
        try BaseModel(folder: ModelFolder(path: folder.path), mapsFiles: mapsFiles)
    }

    private func expectSameWeights(_ a: BaseModel, _ b: BaseModel) {
        #expect(a.weights.count == b.weights.count && a.weights.count > 50)
        for (name, weight) in a.weights {
            #expect(b.weights[name]?.matrix.isIdentical(to: weight.matrix) == true, "\(name)")
        }
    }

    @Test func `mapped weights are those that are read`() throws {
        expectSameWeights(try base(mapsFiles: true), try base(mapsFiles: false))
    }

    /// What a process has mapped of a file, in its own list of maps.
    private func isMapped() throws -> Bool {
        let maps = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
        return String(decoding: try maps.readToEnd() ?? Data(), as: UTF8.self).contains(weights)
    }

    @Test func `a file is mapped as long as a weight of it is there, and only if that is asked for`() throws {
        let read = try base(mapsFiles: false)
        #expect(try !isMapped())
        var matrix: Matrix?
        do {
            let mapped = try base(mapsFiles: true)
            matrix = mapped.weights["embeddings.word_embeddings.weight"]?.matrix
        }
        #expect(try isMapped())
        #expect(matrix?.isIdentical(to: read.weights["embeddings.word_embeddings.weight"]!.matrix) == true)
        matrix = nil
        #expect(try !isMapped())
    }

    @Test(arguments: [1, 2, 3])
    func `tensors at odd addresses are read`(shift: Int) throws {
        let expected = try base(mapsFiles: false)
        let bytes = try readFile(weights)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        let blanks = String(repeating: " ", count: shift)
        _ = try folder.write(
            "model.safetensors", safetensors(header + blanks, data: Array(bytes[(8 + length)...])))
        expectSameWeights(try base(mapsFiles: true), expected)
        #expect(try !isMapped())
    }

    @Test func `tensors of half the bits are converted`() throws {
        let expected = try base(mapsFiles: false)
        let file = try SafetensorsFile(path: weights)
        var header: [String] = []
        var data: [UInt8] = []
        for name in file.names {
            let start = data.count
            for value in try file.floats(name) {
                let word = BFloat16Rounding.word(value)
                data += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
            }
            let shape = try #require(file[name]?.shape)
            header.append(
                "\"\(name)\":{\"dtype\":\"BF16\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}"
            )
        }
        _ = try folder.write(
            "model.safetensors", safetensors("{\(header.joined(separator: ","))}", data: data))
        let mapped = try base(mapsFiles: true)
        #expect(mapped.weights.count == expected.weights.count)
        for (name, weight) in mapped.weights {
            let exact = try #require(expected.weights[name]).matrix.values
            #expect(weight.matrix.values == exact.map(BFloat16Rounding.value), "\(name)")
        }
    }

    /// Cuts the lower half off.
    private enum BFloat16Rounding {
        static func word(_ value: Float) -> UInt32 { value.bitPattern >> 16 }
        static func value(_ value: Float) -> Float { Float(bitPattern: word(value) << 16) }
    }

    @Test func `training every tensor leaves the file as it was`() throws {
        let before = try readFile(weights)
        let all = Configuration(components: [
            .unfreeze(Unfreezing(layers: [0, 1, 2], embeddings: true))
        ])
        let base = try base(mapsFiles: true)
        let network = try Transformer.attach(all, to: base, classes: 3, seed: 1)
        let settings = TrainingSettings(learningRate: 0.1)
        network.takeSteps(
            2, on: TinyBERT.split(6).batch(0..<6), labels: [0, 1, 2, 0, 1, 2], settings: settings)
        let words = try #require(network.trainable.first { $0.name.contains("word_embeddings") })
        let start = try #require(base.weights[words.name]).matrix
        #expect(!words.value.isIdentical(to: start))
        #expect(try readFile(weights) == before && base.isUnchanged)
    }

    @Test func `a check finds what loading finds`() throws {
        func reason(_ body: (ModelFolder) throws -> Void) throws -> String {
            let folder = try ModelFolder(path: folder.path)
            return try #require(throws: InputError.self) { try body(folder) }.description
        }
        try BaseModel.check(folder: ModelFolder(path: folder.path))
        let bytes = try readFile(weights)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        let data = Array(bytes[(8 + length)...])
        let pooler = "pooler.dense.weight"
        for (old, new) in [
            ("word_embeddings.weight", "word_embeddings.wieght"), ("[16,16]", "[8,32]"), ("F32", "I32"),
        ] {
            try #require(header.contains(old) && header.contains(pooler))
            _ = try folder.write(
                "model.safetensors", safetensors(header.replacingOccurrences(of: old, with: new), data: data))
            let checked = try reason { try BaseModel.check(folder: $0) }
            let loaded = try reason { _ = try BaseModel(folder: $0) }
            #expect(checked == loaded)
            #expect(try reason { _ = try BaseModel(folder: $0, mapsFiles: true) } == loaded)
        }
    }
}
