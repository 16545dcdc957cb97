import Experiments
import Foundation

/// A small file that a person names on the command line.
enum BoundedFile {
    static let largest = 1 << 20

    /// - Parameter expected: for the error: `a study file`.
    static func contents(of path: String, expected: String) throws(InputError) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw InputError(path, reason: "there is no such file")
        }
        guard !isFolder.boolValue else {
            throw InputError(path, reason: "is a folder; expected \(expected)")
        }
        guard let file = FileHandle(forReadingAtPath: path),
            // Of an empty file nothing is read, which is no error.
            let data = try? file.read(upToCount: largest + 1) ?? Data()
        else { throw InputError(path, reason: "cannot be read") }
        guard data.count <= largest else {
            throw InputError(path, reason: "is larger than \(largest) bytes; expected \(expected)")
        }
        return Array(data)
    }
}
