public import Experiments
import Foundation

/// Where a machine looks for what studies name: in the place that the study
/// recorded, and below folders that machines share.
///
/// In such a folder an input lies as it does below the study file's folder, or
/// by its hash, as `InputCopy` lays it there. What has another content is not
/// the input, wherever it lies.
public struct InputFolders: Sendable {
    private let shared: [String]
    private let hashes = FileHashes()

    /// - Parameter shared: in the order in which they are looked through.
    public init(_ shared: [String] = []) {
        self.shared = shared
    }

    /// The folder that holds an input. Blocks while files are read.
    ///
    /// - Throws: what was found in its place, or that nothing was.
    public func folder(of input: StudyInput) throws(InputError) -> String {
        let folders = candidates(for: input)
        if let found = folders.first(where: { difference(of: input, in: $0) == nil }) { return found }
        let suggestion =
            "peftsearch study inputs STUDY --copy-to DIR where it is, and --inputs DIR for this worker"
        for folder in folders {
            guard let difference = difference(of: input, in: folder), let found = difference.found else {
                continue
            }
            throw InputError(
                "\(folder)/\(difference.name)",
                reason: "is not the file of the study (\(input.role.rawValue)): its SHA-256 is \(found), "
                    + "the study recorded \(input.files[difference.name] ?? "none")",
                suggestion: suggestion)
        }
        let name = input.role == .model ? "" : "/\(input.files.keys.first ?? "")"
        throw InputError(
            input.folder + name,
            reason: "is not on this machine (\(input.role.rawValue), SHA-256 \(input.hash)); looked in "
                + folders.joined(separator: ", "),
            suggestion: suggestion)
    }

    /// Whether a folder holds an input.
    public func holds(_ input: StudyInput, in folder: String) -> Bool {
        difference(of: input, in: folder) == nil
    }

    private func candidates(for input: StudyInput) -> [String] {
        var folders = [input.folder]
        for folder in shared {
            for place in [input.relativeFolder, input.contentFolder] {
                folders.append(place.isEmpty ? folder : "\(folder)/\(place)")
            }
        }
        return folders
    }

    /// The first file that is not the input's; `found` is nil where there is none.
    private func difference(of input: StudyInput, in folder: String) -> (name: String, found: String?)? {
        // A missing file is seen at once, another content only once all is read.
        for name in input.files.keys.sorted() where !RegularFile.exists("\(folder)/\(name)") {
            return (name, nil)
        }
        for (name, hash) in input.files.sorted(by: { $0.key < $1.key }) {
            let found = hashes.hash(of: "\(folder)/\(name)")
            if found != hash { return (name, found) }
        }
        return nil
    }
}
