package import Foundation

/// A file whose size is known and stays what it was.
///
/// Links are followed, since the Hugging Face cache consists of them, but what
/// they lead to must be a regular file: a pipe or a device could block or
/// never end.
package struct RegularFile: Sendable {
    package let path: String
    /// In bytes.
    package let size: Int

    package init(path: String) throws(InputError) {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard !path.utf8.contains(0),
            let attributes = try? FileManager.default.attributesOfItem(atPath: resolved)
        else { throw InputError(path, reason: "there is no such file") }
        let type = attributes[.type] as? FileAttributeType
        guard type == .typeRegular, let size = attributes[.size] as? NSNumber else {
            throw InputError(path, reason: type == .typeDirectory ? "is a folder" : "is not a regular file")
        }
        self.path = path
        self.size = size.intValue
    }

    package static func exists(_ path: String) -> Bool {
        (try? RegularFile(path: path)) != nil
    }

    /// Refuses a file of more than `limit` bytes.
    package func check(limit: Int) throws(InputError) {
        guard size <= limit else {
            throw InputError(path, reason: "has \(size) bytes; at most \(limit) are read")
        }
    }

    /// The whole file.
    /// - Parameter limit: the most bytes it may have.
    package func contents(limit: Int) throws(InputError) -> [UInt8] {
        try check(limit: limit)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        try forEachPiece(of: 0..<size) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Reads a range in pieces of 1 MiB (the last may be shorter).
    ///
    /// Plain reads and no memory map: a mapped file that somebody shortens
    /// kills the process.
    package func forEachPiece(of range: Range<Int>, _ body: (Data) -> Void) throws(InputError) {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            guard try file.seekToEnd() == UInt64(size) else {
                throw InputError(path, reason: "changed while it was read")
            }
            try file.seek(toOffset: UInt64(range.lowerBound))
            var remaining = range.count
            while remaining > 0 {
                guard let piece = try file.read(upToCount: min(remaining, 1 << 20)), !piece.isEmpty else {
                    throw InputError(path, reason: "became shorter while it was read")
                }
                remaining -= piece.count
                body(piece)
            }
        } catch let error as InputError {
            throw error
        } catch {
            throw InputError(path, reason: "cannot be read: \(error.localizedDescription)")
        }
    }
}

extension RegularFile {
    /// The file as one JSON value.
    package func json(limit: Int) throws(InputError) -> JSON {
        let bytes = try contents(limit: limit)
        do {
            return try JSON.parse(bytes, limits: JSON.Limits(bytes: limit))
        } catch {
            let line = bytes.prefix(error.offset).count { $0 == UInt8(ascii: "\n") } + 1
            throw InputError(path, line: line, reason: "is not valid JSON: \(error)")
        }
    }
}
