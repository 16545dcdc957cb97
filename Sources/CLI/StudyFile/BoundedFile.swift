import Experiments

/// A small file that a person names on the command line.
enum BoundedFile {
    static let largest = 1 << 20

    /// - Parameter expected: for the error: `a study file`.
    static func contents(of path: String, expected: String) throws(InputError) -> [UInt8] {
        do {
            return try RegularFile(path: path).contents(limit: largest)
        } catch {
            throw InputError(path, reason: "\(error.reason); expected \(expected)")
        }
    }
}
