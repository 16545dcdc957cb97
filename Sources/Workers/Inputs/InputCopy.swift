public import Experiments
import Foundation
import PEFT

/// Lays inputs into a folder by what they contain: `sha256/HASH/NAME`, with
/// the hash of the only file, or of a model's fingerprint.
public struct InputCopy: Sendable {
    private let root: String
    private let folders: InputFolders

    /// - Parameter folders: by which it is known what is there already.
    public init(to root: String, known folders: InputFolders) {
        self.root = root
        self.folders = folders
    }

    /// The folder of the copy, made whole where it was not.
    /// - Parameter source: a folder that holds the input.
    public func copy(_ input: StudyInput, from source: String) throws(InputError) -> String {
        let folder = "\(root)/\(input.contentFolder)"
        if folders.holds(input, in: folder) { return folder }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError(folder, reason: "cannot be made: \(error.localizedDescription)")
        }
        for name in input.files.keys.sorted() {
            guard !name.contains("/"), !name.hasPrefix(".") else {
                throw InputError(input.folder, key: name, reason: "is not the name of a file")
            }
            let file = try RegularFile(path: "\(source)/\(name)")
            try AtomicFile.write(to: "\(folder)/\(name)") { copy in
                var failure: (any Error)?
                try file.forEachPiece(of: 0..<file.size) { piece in
                    guard failure == nil else { return }
                    do { try copy.write(contentsOf: piece) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }
        guard folders.holds(input, in: folder) else {
            throw InputError(
                folder, reason: "the copy has another content than \(source): one of them was written to",
                suggestion: "the same command again")
        }
        return folder
    }
}
