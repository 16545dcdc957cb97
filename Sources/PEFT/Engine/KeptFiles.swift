import Experiments
import Foundation

/// Files that a machine makes for itself, named by a hash of everything that
/// decides their bytes: made once by whoever comes first and read by all
/// processes of the machine.
///
/// A file that is missing or damaged is made again, so the folder may be
/// deleted at any time.
struct KeptFiles {
    let folder: String
    /// How their names end: `f32`.
    let kind: String
    /// Bytes of all files; beyond it those that were used longest ago go.
    var budget: Int

    /// Opens a file, made by whoever comes first; the others wait for it.
    ///
    /// - Parameters:
    ///   - size: that the file will have, in bytes; for so many room is made.
    ///   - open: nil when the path has no such file or a damaged one.
    ///   - make: writes it to the path that it is given.
    /// - Throws: when the disk does not take the file, and what `make` throws.
    func file<File>(
        _ name: String, size: Int, open: (_ path: String) -> File?, make: (_ path: String) throws -> Void
    ) throws -> File {
        let path = "\(folder)/\(name).\(kind)"
        if let file = open(path) {
            // The time of the last use: now.
            utimes(path, nil)
            return file
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let lock = Foundation.open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw CocoaError(.fileLocking) }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { throw CocoaError(.fileLocking) }
        if let file = open(path) { return file }
        makeRoom(for: size)
        let partial = path + ".partial"
        do {
            try make(partial)
            guard rename(partial, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
        guard let file = open(path) else { throw CocoaError(.fileReadCorruptFile) }
        return file
    }

    private func makeRoom(for bytes: Int) {
        let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey]
        let found =
            (try? FileManager.default.contentsOfDirectory(
                at: URL(fileURLWithPath: folder), includingPropertiesForKeys: Array(keys))) ?? []
        var files = found.compactMap { url -> (url: URL, size: Int, used: Date)? in
            guard let values = try? url.resourceValues(forKeys: keys), url.pathExtension == kind
            else { return nil }
            return (url, values.fileSize ?? 0, values.contentModificationDate ?? .distantPast)
        }
        // Whoever makes a file holds the lock, so what is partial now was left behind.
        for url in found where url.pathExtension == "partial" { try? FileManager.default.removeItem(at: url) }
        files.sort { $0.used > $1.used }
        var total = files.reduce(bytes) { $0 + $1.size }
        while total > budget, let oldest = files.popLast() {
            try? FileManager.default.removeItem(at: oldest.url)
            total -= oldest.size
        }
    }
}
