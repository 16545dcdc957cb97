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
        _ name: String, size: Int, open: (_ path: String) -> File?,
        make: (_ path: String) throws(InputError) -> Void
    ) throws(InputError) -> File {
        let path = "\(folder)/\(name).\(kind)"
        if let file = open(path) {
            // The time of the last use: now.
            utimes(path, nil)
            return file
        }
        let lock = try lock()
        defer { close(lock) }
        if let file = open(path) { return file }
        makeRoom(for: size)
        let partial = path + ".partial"
        do throws(InputError) {
            try make(partial)
            guard rename(partial, path) == 0 else {
                throw InputError(path, reason: "cannot be written: \(String(cString: strerror(errno)))")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
        guard let file = open(path) else {
            throw InputError(path, reason: "does not hold what was just written to it")
        }
        return file
    }

    /// Waits until nobody else who uses the folder makes a file.
    /// - Returns: a descriptor; closing it lets the next one in.
    private func lock() throws(InputError) -> Int32 {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError(folder, reason: "cannot be made: \(error.localizedDescription)")
        }
        let path = "\(folder)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw InputError(path, reason: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        while flock(descriptor, LOCK_EX) != 0 {
            let cause = errno
            // A signal ends the wait, not the wish.
            if cause == EINTR { continue }
            close(descriptor)
            throw InputError(path, reason: "cannot be locked: \(String(cString: strerror(cause)))")
        }
        return descriptor
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
