import Experiments
import Foundation
package import LinearAlgebra

/// Trained tensors in files that are named by their SHA-256.
package struct ArtifactStore {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// Writes the tensors.
    /// - Returns: the SHA-256 of the file.
    package func store(_ tensors: [(name: String, value: Matrix)]) throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Host and process identifier are no name: containers may share both, and the folder.
        let partial = "\(folder)/partial-\(ProcessInfo.processInfo.globallyUniqueString).safetensors"
        let sorted = tensors.sorted { $0.name < $1.name }
        try SafetensorsWriter.write(
            tensors: sorted.map { tensor in
                // An LSTM's matrices are named as PyTorch names them: weight_ih_l0.
                let isMatrix = tensor.value.rows > 1 || TensorNames.isMatrix(tensor.name)
                let shape = isMatrix ? [tensor.value.rows, tensor.value.columns] : [tensor.value.count]
                return (tensor.name, shape, tensor.value.values)
            }, metadata: ["format": "pt"], to: partial)
        do {
            let hash = try ContentHash.sha256(ofFile: partial)
            // Also over an older one of this name, which may be damaged.
            try AtomicFile.move(partial, to: path(hash))
            return hash
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    /// The tensors of a stored file, or nil when it is not here.
    /// - Throws: when its bytes are not those of its name.
    package func load(_ hash: String) throws -> [String: Matrix]? {
        guard FileManager.default.fileExists(atPath: path(hash)) else { return nil }
        guard try ContentHash.sha256(ofFile: path(hash)) == hash else {
            throw InputError(path(hash), reason: "the bytes are not those that the name says")
        }
        return try SafetensorsFile(path: path(hash)).matrices()
    }

    /// The same, with one kind of error.
    func read(_ hash: String) throws(InputError) -> [String: Matrix]? {
        do {
            return try load(hash)
        } catch let error as InputError {
            throw error
        } catch {
            throw InputError(path(hash), reason: "cannot be read: \(error)")
        }
    }

    /// Whether a stored file is here and its bytes are those of its name.
    package func holds(_ hash: String) -> Bool { (try? ContentHash.sha256(ofFile: path(hash))) == hash }

    func path(_ hash: String) -> String { "\(folder)/\(hash).safetensors" }
}
