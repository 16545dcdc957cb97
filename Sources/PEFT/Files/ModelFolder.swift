public import Experiments
import Foundation

/// A pretrained encoder as Hugging Face stores it: a folder with
/// `config.json` and `model.safetensors`, or the shards of one with their
/// index.
public struct ModelFolder: Sendable {
    public let path: String
    public let configuration: EncoderConfiguration
    private let weights: ModelWeights

    /// Opens a folder and checks everything but the values of the tensors.
    public init(path: String) throws(InputError) {
        self.path = path
        var isFolder: ObjCBool = false
        guard !path.utf8.contains(0), FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        else {
            throw InputError(path, reason: "there is no such folder")
        }
        guard isFolder.boolValue else { throw InputError(path, reason: "is not a folder") }
        let file = try RegularFile(path: path + "/config.json")
        configuration = try EncoderConfiguration(file.json(limit: 1 << 20), path: file.path)
        weights = try ModelWeights(folder: path)
    }

    public func hasTensor(_ name: String) -> Bool {
        location(of: name) != nil
    }

    /// Whether the encoder's tensors have the family's prefix: then it is a
    /// checkpoint of a model with a head.
    var hasPrefixedTensors: Bool {
        weights.names.contains { $0.hasPrefix(configuration.family.prefix) }
    }

    /// The shape of a tensor, or nil where there is none of that name.
    func shape(of name: String) -> [Int]? {
        location(of: name).flatMap { $0.file[$0.name]?.shape }
    }

    /// The values of a tensor, row-major.
    ///
    /// A name is found with or without the family's prefix, and `LayerNorm.weight`
    /// and `LayerNorm.bias` also under the names of the first checkpoints,
    /// `LayerNorm.gamma` and `LayerNorm.beta`.
    public func tensor(_ name: String, shape: [Int]) throws(InputError) -> [Float] {
        let (file, name) = try location(of: name, shape: shape)
        return try file.floats(name)
    }

    /// The file that holds a tensor of this shape, and its name there.
    func location(of name: String, shape: [Int]) throws(InputError) -> (file: SafetensorsFile, name: String) {
        guard let (file, name) = location(of: name) else {
            throw InputError(
                path, key: name, reason: "the model has no such tensor",
                suggestion: InputError.nearest(to: name, in: weights.names))
        }
        if let found = file[name]?.shape, found != shape {
            throw InputError(file.path, key: name, reason: "expected the shape \(shape), found \(found)")
        }
        return (file, name)
    }

    /// SHA-256 by file name, of those that decide what the model computes.
    public func fileHashes() throws(InputError) -> [String: String] {
        try textHashes().merging(hashes(of: weights.fileNames)) { first, _ in first }
    }

    /// The same, of those that decide which tokens a text becomes.
    func textHashes() throws(InputError) -> [String: String] {
        try hashes(
            of: (["config.json"] + Tokenizer.fileNames)
                .filter { RegularFile.exists("\(path)/\($0)") })
    }

    private func hashes(of names: [String]) throws(InputError) -> [String: String] {
        var hashes: [String: String] = [:]
        for name in names { hashes[name] = try ContentHash.sha256(ofFile: "\(path)/\(name)") }
        return hashes
    }

    private func location(of name: String) -> (file: SafetensorsFile, name: String)? {
        let prefix = configuration.family.prefix
        let bare = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
        var spellings = [bare, prefix + bare]
        for (suffix, legacy) in [
            ("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"),
        ]
        where bare.hasSuffix(suffix) {
            spellings += spellings.map { $0.dropLast(suffix.count) + legacy }
        }
        for spelling in spellings {
            if let file = weights.file(with: spelling) { return (file, spelling) }
        }
        return nil
    }
}
