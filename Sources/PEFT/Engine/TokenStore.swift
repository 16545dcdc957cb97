package import Experiments
import LinearAlgebra

/// Encoded tasks in files: tokenized once on a machine and read by every slot.
package struct TokenStore {
    private let files: KeptFiles

    /// - Parameter budget: bytes of all files.
    package init(folder: String, budget: Int = 1 << 30) {
        files = KeptFiles(folder: folder, kind: "tokens", budget: budget)
    }

    /// The kept task, after comparing the hashes of its data files; or the one
    /// that `encode` makes, which is then kept.
    ///
    /// A disk that does not take it costs the next slot its time and nothing
    /// else.
    /// - Parameter key: of everything that decides the task.
    /// - Throws: what `encode` throws, on the same input.
    package func task(
        _ key: JSON, definition: TaskDefinition, encode: () throws(InputError) -> EncodedTask
    ) throws(InputError) -> EncodedTask {
        let name = ContentHash.sha256(of: key)
        var made: Result<EncodedTask, InputError>?
        let kept = try? files.file(name, size: 0) { path in
            IntegerFile.read(path: path).flatMap { EncodedTask(words: $0, name: name) }
        } make: { path throws(InputError) in
            let result = Result { () throws(InputError) in try encode() }
            made = result
            try Self.write(try result.get().words(name: name), to: path)
        }
        if let made { return try made.get() }
        guard let kept else { return try encode() }
        for file in definition.files { try DatasetReader.check(file) }
        return kept
    }

    private static func write(_ words: [Int32], to path: String) throws(InputError) {
        do {
            try IntegerFile.write(words, to: path)
        } catch {
            throw InputError(path, reason: "cannot be written: \(error.reason)")
        }
    }
}
