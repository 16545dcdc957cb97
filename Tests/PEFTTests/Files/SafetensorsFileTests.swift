import Experiments
import Foundation
import PEFT
import Testing

/// The bytes of a safetensors file with this header and this many data bytes.
func safetensors(_ header: String, data: [UInt8] = []) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + Array(header.utf8) + data
}

@Suite struct SafetensorsFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func open(_ bytes: [UInt8], limits: SafetensorsFile.Limits = .init()) throws -> SafetensorsFile {
        try SafetensorsFile(path: try folder.write("model.safetensors", bytes), limits: limits)
    }

    func open(_ header: String, data: Int) throws -> SafetensorsFile {
        try open(safetensors(header, data: [UInt8](repeating: 0, count: data)))
    }

    func reason(_ bytes: [UInt8], limits: SafetensorsFile.Limits = .init()) throws -> String? {
        try #require(throws: InputError.self) { try open(bytes, limits: limits) }.reason
    }

    @Test func `every element type that is read has its values`() throws {
        let header = """
            {"f32":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
            "f16":{"dtype":"F16","shape":[5],"data_offsets":[8,18]},\
            "bf16":{"dtype":"BF16","shape":[1,1],"data_offsets":[18,20]},\
            "f64":{"dtype":"F64","shape":[],"data_offsets":[20,28]},\
            "none":{"dtype":"F32","shape":[3,0],"data_offsets":[28,28]}}
            """
        let data: [UInt8] =
            [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]  // 1, -2
            + [0x00, 0x3C, 0x01, 0x80, 0xFF, 0x7B, 0x00, 0xFC, 0x00, 0x7E]  // 1, -2^-24, 65504, -inf, NaN
            + [0x49, 0x40]  // 3.140625
            + [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]  // 0.5
        let file = try open(safetensors(header, data: data))
        #expect(file.names == ["bf16", "f16", "f32", "f64", "none"])
        #expect(try file.floats("f32") == [1, -2])
        let halves = try file.floats("f16")
        #expect(Array(halves.prefix(4)) == [1, -0x1p-24, 65504, -Float.infinity])
        #expect(halves[4].isNaN)
        #expect(try file.floats("bf16") == [3.140625])
        #expect(try file.floats("f64") == [0.5])
        #expect(try file.floats("none") == [])
        #expect(file["bf16"]?.shape == [1, 1])
    }

    @Test func `values beyond one piece of reading are whole`() throws {
        let values = (0..<700_001).map { Float($0) }
        let path = "\(folder.path)/large.safetensors"
        try SafetensorsWriter.write(
            tensors: [
                (name: "a", shape: [3], values: [1, 2, 3]), (name: "b", shape: [700_001], values: values),
            ],
            metadata: [:], to: path)
        #expect(try SafetensorsFile(path: path).floats("b") == values)
    }

    @Test func `other element types are refused when they are read`() throws {
        let file = try open(#"{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, data: 8)
        let error = #expect(throws: InputError.self) { try file.floats("ids") }
        #expect(error?.reason == "has elements of type I64")
        let missing = #expect(throws: InputError.self) { try file.floats("id") }
        #expect(missing?.suggestion == "ids")
    }

    @Test func `metadata and white space around the header are accepted`() throws {
        let file = try open(
            #" {"__metadata__":{"format":"pt"},"a":{"shape":[1],"dtype":"F32","data_offsets":[0,4]}}   "#,
            data: 4)
        #expect(file.metadata == ["format": "pt"])
        #expect(file.names == ["a"])
    }

    @Test func `a file must hold its length and its header`() throws {
        #expect(try reason([0, 0, 0]) == "has 3 bytes, too few for a safetensors header")
        #expect(try reason([9, 0, 0, 0, 0, 0, 0, 0, 0x7B]) == "ends within its header of 9 bytes")
        let huge = try #require(try reason([UInt8](repeating: 0xFF, count: 8)))
        #expect(huge.hasPrefix("says that its header has 18446744073709551615 bytes"))
    }

    @Test(arguments: [
        "", "{", "[]", "{}x", #"{"a":1}"#, #"{"a":{"dtype":"F32"}}"#, #"{"a" {}}"#, #"{"a":{},}"#,
        "\u{FEFF}{}",
        #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#,
        #"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F4","shape":[9],"data_offsets":[0,4]}}"#,
        #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{},"__metadata__":{}}"#,
        #"{"a\u0000":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a\u0007":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    ])
    func `a wrong header is refused`(header: String) {
        #expect(throws: InputError.self) { try open(header, data: 4) }
    }

    @Test func `a name may not stand twice`() throws {
        let tensor = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
        #expect(try reason(safetensors(#"{"a":\#(tensor),"a":\#(tensor)}"#)) == "stands twice")
        #expect(try reason(safetensors(#"{"a":\#(tensor),"\u0061":\#(tensor)}"#)) == "stands twice")
    }

    @Test func `tensors lie without hole, overlap or rest`() throws {
        func header(_ a: Range<Int>, _ b: Range<Int>) -> String {
            let entries = [("a", a), ("b", b)].map { name, range in
                let (start, end) = (range.lowerBound, range.upperBound)
                return
                    #""\#(name)":{"dtype":"U8","shape":[\#(range.count)],"data_offsets":[\#(start),\#(end)]}"#
            }
            return "{\(entries.joined(separator: ","))}"
        }
        #expect(try open(header(4..<8, 0..<4), data: 8).names == ["a", "b"])
        for (a, b, size) in [
            (0..<4, 5..<8, 8), (0..<4, 3..<8, 8), (1..<4, 4..<8, 8), (0..<4, 4..<8, 9), (0..<8, 0..<8, 8),
        ] {
            #expect(throws: InputError.self) { try open(header(a, b), data: size) }
        }
        #expect(try reason(safetensors("{}", data: [0])) == "1 bytes after its last tensor belong to none")
    }

    @Test func `the limits hold`() throws {
        var limits = SafetensorsFile.Limits()
        limits.tensors = 1
        limits.name = 3
        limits.metadata = 8
        let tensor = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
        #expect(try open(safetensors(#"{"abc":\#(tensor)}"#), limits: limits).names == ["abc"])
        #expect(throws: InputError.self) { try open(safetensors(#"{"abcd":\#(tensor)}"#), limits: limits) }
        #expect(throws: InputError.self) {
            try open(safetensors(#"{"a":\#(tensor),"b":\#(tensor)}"#), limits: limits)
        }
        #expect(throws: InputError.self) {
            try open(safetensors(#"{"__metadata__":{"a":"b"}}"#), limits: limits)
        }
    }

    @Test func `only regular files are opened, through links too`() throws {
        let path = try folder.write("blob", safetensors("{}"))
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/link", withDestinationPath: path)
        #expect(try SafetensorsFile(path: "\(folder.path)/link").names == [])
        #expect(throws: InputError("/dev/zero", reason: "is not a regular file")) {
            try SafetensorsFile(path: "/dev/zero")
        }
        #expect(throws: InputError(folder.path, reason: "is a folder")) {
            try SafetensorsFile(path: folder.path)
        }
        #expect(throws: InputError("\(folder.path)/none", reason: "there is no such file")) {
            try SafetensorsFile(path: "\(folder.path)/none")
        }
    }

    @Test func `a file that shrinks after it was opened is noticed`() throws {
        let file = try open(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4)
        _ = try folder.write("model.safetensors", "short")
        #expect(throws: InputError.self) { try file.floats("a") }
    }

    @Test func `no mutated file crashes the reader`() throws {
        let header = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},\
            "b":{"dtype":"F64","shape":[],"data_offsets":[4,12]}}
            """
        let whole = safetensors(header, data: [UInt8](0..<12))
        var generator = SeededGenerator(seed: 7, purpose: "mutation")
        var accepted = 0
        for _ in 0..<3_000 {
            var bytes = whole
            for _ in 0...generator.index(below: 3) {
                let position = generator.index(below: bytes.count)
                switch generator.index(below: 4) {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(bytes[generator.index(below: bytes.count)], at: position)
                default: bytes[position] = Array("0123456789{}[]\",:-".utf8)[generator.index(below: 18)]
                }
            }
            do {
                let file = try open(bytes)
                for name in file.names { _ = try file.floats(name) }
                accepted += 1
            } catch is InputError {}
        }
        #expect(accepted > 0 && accepted < 1_500)
    }
}
