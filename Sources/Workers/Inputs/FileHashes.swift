import Experiments
import Foundation
import Synchronization

/// SHA-256 of files, taken once as long as nobody writes to them.
final class FileHashes: Sendable {
    /// What changes when a file is written to or another one takes its name.
    private struct Stamp: Hashable {
        var device: UInt
        var number: UInt
        var size: Int
        var written: [Int]

        init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt(status.st_dev)
            number = UInt(status.st_ino)
            size = Int(status.st_size)
            written = [status.st_mtim, status.st_ctim].flatMap { [Int($0.tv_sec), Int($0.tv_nsec)] }
        }
    }

    private let known = Mutex<[String: (stamp: Stamp, hash: String)]>([:])

    /// - Returns: nil where there is no file that can be read.
    func hash(of path: String) -> String? {
        guard let stamp = Stamp(of: path) else { return nil }
        if let hash = known.withLock({ $0[path]?.stamp == stamp ? $0[path]?.hash : nil }) { return hash }
        guard let hash = try? ContentHash.sha256(ofFile: path) else { return nil }
        known.withLock { $0[path] = (stamp, hash) }
        return hash
    }
}
