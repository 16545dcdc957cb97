import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

@Suite struct SafetensorsWriterTests {
    let folder: TemporaryFolder
    var path: String { "\(folder.path)/adapter.safetensors" }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a tensor of three dimensions is no matrix`() throws {
        try SafetensorsWriter.write(
            tensors: [(name: "a", shape: [2, 1, 2], values: [1, 2, 3, 4])], metadata: [:], to: path)
        let file = try SafetensorsFile(path: path)
        let error = #expect(throws: InputError.self) { _ = try file.matrices() }
        #expect(error?.key == "a")
    }

    @Test func `what was written reads back, and nothing else is left`() throws {
        let name = "layer.0 \"é\"\\"
        try SafetensorsWriter.write(
            tensors: [
                (name: "z", shape: [2, 2], values: [1, -0.0, .infinity, 0x1p-149]),
                (name: name, shape: [], values: [3]), (name: "empty", shape: [0, 4], values: []),
            ],
            metadata: ["format": "pt", "b": "2"], to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.names == ["empty", name, "z"])
        #expect(
            try file.floats("z").map(\.bitPattern)
                == [1, -0.0, .infinity, 0x1p-149].map { ($0 as Float).bitPattern })
        #expect(try file.floats(name) == [3])
        #expect(file["empty"]?.shape == [0, 4])
        #expect(file.metadata == ["format": "pt", "b": "2"])
        let matrix = try file.matrices()["z"]
        #expect(matrix?.columns == 2)
        #expect(try folder.fileNames == ["adapter.safetensors"])
    }

    @Test func `the bytes are the ones of the format`() throws {
        try SafetensorsWriter.write(
            tensors: [(name: "a", shape: [1], values: [1])], metadata: ["format": "pt"], to: path)
        let header =
            #"{"__metadata__":{"format":"pt"},"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(try readFile(path) == safetensors(padded, data: [0, 0, 0x80, 0x3F]))
    }

    @Test func `wrong tensors are refused and the old file stays`() throws {
        _ = try folder.write("adapter.safetensors", "old")
        #expect(throws: InputError.self) {
            try SafetensorsWriter.write(
                tensors: [(name: "a", shape: [2], values: [1])], metadata: [:], to: path)
        }
        for names in [["a", "a"], ["__metadata__"]] {
            #expect(throws: InputError.self) {
                try SafetensorsWriter.write(
                    tensors: names.map { (name: $0, shape: [1], values: [1]) }, metadata: [:], to: path)
            }
        }
        #expect(try readFile(path) == Array("old".utf8))
    }

    @Test func `a folder that is not there is an input error`() throws {
        let error = #expect(throws: InputError.self) {
            try SafetensorsWriter.write(tensors: [], metadata: [:], to: "\(folder.path)/none/a.safetensors")
        }
        #expect(error?.reason.hasPrefix("cannot be written") == true)
        #expect(try folder.fileNames == [])
    }
}
