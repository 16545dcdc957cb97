import Experiments
import Foundation

/// The safetensors files of a model folder, and which tensor lies in which.
struct ModelWeights: Sendable {
    /// The safetensors files and the index of shards, if there is one.
    let fileNames: [String]
    /// The names of all tensors, sorted.
    let names: [String]
    private let files: [String: SafetensorsFile]
    private let fileOfTensor: [String: String]

    init(folder: String) throws(InputError) {
        let single = "model.safetensors"
        let index = "model.safetensors.index.json"
        if FileManager.default.fileExists(atPath: "\(folder)/\(single)") {
            let file = try SafetensorsFile(path: "\(folder)/\(single)")
            files = [single: file]
            fileNames = [single]
            fileOfTensor = Dictionary(uniqueKeysWithValues: file.names.map { ($0, single) })
        } else if FileManager.default.fileExists(atPath: "\(folder)/\(index)") {
            fileOfTensor = try Self.weightMap(path: "\(folder)/\(index)")
            files = try Self.shards(of: fileOfTensor, folder: folder, index: index)
            fileNames = files.keys.sorted() + [index]
        } else {
            throw Self.missing(in: folder)
        }
        names = fileOfTensor.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    func file(with tensor: String) -> SafetensorsFile? {
        fileOfTensor[tensor].flatMap { files[$0] }
    }

    private static func weightMap(path: String) throws(InputError) -> [String: String] {
        let json = try RegularFile(path: path).json(limit: 16 << 20)
        guard let members = json["weight_map"]?.object, !members.isEmpty else {
            throw InputError(path, key: "weight_map", reason: "expected an object from tensors to files")
        }
        var map: [String: String] = [:]
        for (tensor, value) in members {
            guard let file = value.string, file.hasSuffix(".safetensors"), !file.hasPrefix("."),
                !file.contains("/"), !file.utf8.contains(0)
            else {
                throw InputError(
                    path, key: "weight_map.\(tensor.prefix(200))",
                    reason: "expected the plain name of a .safetensors file in the same folder, "
                        + "found \(value.canonicalText.prefix(200))")
            }
            map[tensor] = file
        }
        return map
    }

    private static func shards(
        of fileOfTensor: [String: String], folder: String, index: String
    ) throws(InputError) -> [String: SafetensorsFile] {
        var files: [String: SafetensorsFile] = [:]
        for name in Set(fileOfTensor.values).sorted() {
            files[name] = try SafetensorsFile(path: "\(folder)/\(name)")
        }
        for (tensor, name) in fileOfTensor.sorted(by: { $0.key < $1.key }) where files[name]?[tensor] == nil {
            throw InputError(
                "\(folder)/\(index)", key: "weight_map.\(tensor)", reason: "\(name) has no such tensor")
        }
        return files
    }

    private static func missing(in folder: String) -> InputError {
        let others = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            .filter { name in
                [".bin", ".pt", ".pth", ".ckpt", ".npz", ".h5", ".msgpack"].contains { name.hasSuffix($0) }
            }
        guard let other = others.first else {
            return InputError(
                folder, reason: "has neither model.safetensors nor model.safetensors.index.json")
        }
        return InputError(
            folder,
            reason: "has \(other) but no model.safetensors; such files can run code when they are "
                + "opened and are not read",
            suggestion: "convert it where you trust it: AutoModel.from_pretrained(folder)"
                + ".save_pretrained(folder, safe_serialization=True) with the Python package transformers")
    }
}
