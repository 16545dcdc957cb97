package import Experiments
package import Foundation

/// Writes a file so that at every moment, also after a crash, there is the
/// whole new one or what was there before.
package enum AtomicFile {
    /// Writes to a file beside `path`, flushes it to the disk and renames it.
    /// If `body` or the disk fails, nothing is left behind.
    package static func write(to path: String, _ body: (FileHandle) throws -> Void) throws(InputError) {
        let target = URL(fileURLWithPath: path)
        let folder = target.deletingLastPathComponent()
        let name = ".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).partial"
        let partial = folder.appendingPathComponent(name)
        do {
            try Data().write(to: partial)
            let file = try FileHandle(forWritingTo: partial)
            do {
                defer { try? file.close() }
                try body(file)
                try file.synchronize()
            }
            try move(partial.path, to: path)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            if let error = error as? InputError { throw error }
            throw InputError(path, reason: "cannot be written: \(error.localizedDescription)")
        }
    }

    /// Gives a finished file its name, over whatever has it.
    static func move(_ partial: String, to path: String) throws(InputError) {
        do {
            guard rename(partial, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            try flush(folder: URL(fileURLWithPath: path).deletingLastPathComponent())
        } catch {
            throw InputError(path, reason: "cannot be written: \(error.localizedDescription)")
        }
    }

    /// A renaming outlives a power cut only once its folder is on the disk.
    private static func flush(folder: URL) throws {
        let descriptor = open(folder.path, O_RDONLY)
        guard descriptor >= 0 else { throw CocoaError(.fileReadNoPermission) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
