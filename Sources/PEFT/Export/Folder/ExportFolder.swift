package import Experiments
import Foundation
import LinearAlgebra

/// The folder of an export while it is written: beside its place, which it
/// takes when it is whole.
package struct ExportFolder {
    /// Where the files are written.
    let path: String
    /// Where the folder will lie, absolute.
    let destination: String

    /// Makes the folder `destination` with what `write` writes: all of it, or
    /// nothing.
    /// - Throws: also when there is something at that place that is not an
    ///   empty folder.
    package static func make(
        at destination: String, _ write: (ExportFolder) throws(InputError) -> Void
    ) throws(InputError) {
        try check(destination)
        let target = URL(fileURLWithPath: destination).standardizedFileURL
        let name = PartialFolder(of: target.path)
        name.removeAbandoned()
        let partial = name.path
        let folder = ExportFolder(path: partial, destination: target.path)
        do {
            try? FileManager.default.removeItem(atPath: partial)
            try folder.create("")
            try write(folder)
            // Takes the place of an empty folder, and fails on one that is not empty any more.
            try AtomicFile.move(partial, to: target.path)
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw folder.named(error)
        }
    }

    /// An error about a file by the place that the file was to take.
    private func named(_ error: InputError) -> InputError {
        var error = error
        error.subject = error.subject.replacing(path, with: destination)
        error.reason = error.reason.replacing(path, with: destination)
        return error
    }

    /// Refuses a place that is taken.
    static func check(_ given: String) throws(InputError) {
        guard !given.isEmpty, !given.utf8.contains(0) else {
            throw InputError("--out", reason: "expected the path of a folder")
        }
        let path = URL(fileURLWithPath: given).standardizedFileURL.path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else { throw InputError(given, reason: "is there already and is no folder") }
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw InputError(given, reason: "cannot be read")
        }
        guard files.isEmpty else {
            throw InputError(
                given, reason: "is not empty; nothing in it is overwritten",
                suggestion: "a folder that does not exist yet")
        }
    }

    /// A folder within this one.
    func subfolder(_ name: String) throws(InputError) -> ExportFolder {
        try create(name)
        return ExportFolder(path: "\(path)/\(name)", destination: "\(destination)/\(name)")
    }

    private func create(_ name: String) throws(InputError) {
        do {
            try FileManager.default.createDirectory(
                atPath: name.isEmpty ? path : "\(path)/\(name)", withIntermediateDirectories: true)
        } catch {
            throw InputError(destination, reason: "cannot be made: \(error.localizedDescription)")
        }
    }

    package func write(_ text: String, to name: String) throws(InputError) {
        try AtomicFile.write(to: "\(path)/\(name)") { try $0.write(contentsOf: Data(text.utf8)) }
    }

    func write(_ json: JSON, to name: String) throws(InputError) {
        try write(json.indentedText + "\n", to: name)
    }

    /// Writes tensors as PyTorch's users expect them, sorted by name.
    /// - Parameter tensors: a vector is one row, or one column of a name that
    ///   `isVector` tells.
    func write(_ tensors: [String: Matrix], to name: String) throws(InputError) {
        let sorted = tensors.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        try SafetensorsWriter.write(
            tensors: sorted.map { name, value in
                (name, TensorShape.onDisk(of: value, named: name), value.values)
            }, metadata: ["format": "pt"], to: "\(path)/\(name)")
    }

    func copy(_ file: String, as name: String) throws(InputError) {
        let file = try RegularFile(path: file)
        try AtomicFile.write(to: "\(path)/\(name)") { target in
            let bytes = try file.contents(limit: 64 << 20)
            try target.write(contentsOf: Data(bytes))
        }
    }
}
