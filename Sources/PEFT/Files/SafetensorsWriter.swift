public import Experiments
import Foundation

/// Writes safetensors files. Equal input gives equal bytes.
public enum SafetensorsWriter {
    /// Writes F32 tensors in the given order, each with its row-major values.
    ///
    /// The header is padded with blanks to a multiple of 8 bytes, so that the
    /// values are aligned. The file appears whole or not at all.
    public static func write(
        tensors: [(name: String, shape: [Int], values: [Float])], metadata: [String: String],
        to path: String
    ) throws(InputError) {
        try check(tensors, path)
        let header = header(of: tensors, metadata)
        try AtomicFile.write(to: path) { file in
            try file.write(contentsOf: LittleEndian.bytes(of: UInt64(header.count)) + header)
            for tensor in tensors {
                for start in stride(from: 0, to: tensor.values.count, by: 1 << 18) {
                    let end = min(start + 1 << 18, tensor.values.count)
                    try file.write(contentsOf: LittleEndian.bytes(of: tensor.values[start..<end]))
                }
            }
        }
    }

    private static func check(
        _ tensors: [(name: String, shape: [Int], values: [Float])], _ path: String
    ) throws(InputError) {
        var names: Set<String> = ["__metadata__"]
        for tensor in tensors {
            guard names.insert(tensor.name).inserted else {
                throw InputError(path, key: tensor.name, reason: "two tensors cannot have this name")
            }
            guard tensor.shape.reduce(1, *) == tensor.values.count else {
                throw InputError(
                    path, key: tensor.name,
                    reason: "\(tensor.values.count) values do not fit the shape \(tensor.shape)")
            }
        }
    }

    private static func header(
        of tensors: [(name: String, shape: [Int], values: [Float])], _ metadata: [String: String]
    ) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            members.append("\"__metadata__\":" + JSON.object(metadata.mapValues(JSON.string)).canonicalText)
        }
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.values.count * 4
            let entry: JSON = [
                "dtype": "F32", "shape": .array(tensor.shape.map(JSON.integer)),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            members.append(JSON.string(tensor.name).canonicalText + ":" + entry.canonicalText)
            offset = end
        }
        let text = Array("{\(members.joined(separator: ","))}".utf8)
        return text + [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    }
}
