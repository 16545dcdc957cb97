import Foundation
import Synchronization

/// The log of one attempt: a bounded file in the trial's folder, and its last
/// bytes in memory for the day it fails.
package final class TrainerLog: Sendable {
    /// What is kept for a failure's detail.
    package static let tailBytes = 16 << 10
    /// What one attempt may write to disk; the rest is dropped.
    package static let fileBytes = 8 << 20

    private struct State {
        /// Where the file is to be made.
        var path: String?
        var file: FileHandle?
        var written = 0
        var tail: [UInt8] = []
    }

    private let state: Mutex<State>

    /// Writes to a new file at `path`, made with the first line; nowhere when it
    /// cannot be made.
    package init(path: String?) {
        state = Mutex(State(path: path))
    }

    deinit {
        state.withLock { try? $0.file?.close() }
    }

    package func append(_ line: LineSplitter.Line) {
        state.withLock { state in
            let bytes = line.bytes + [UInt8(ascii: "\n")]
            state.tail.append(contentsOf: bytes.suffix(Self.tailBytes))
            if state.tail.count > 2 * Self.tailBytes {
                state.tail.removeFirst(state.tail.count - Self.tailBytes)
            }
            if let path = state.path.take(), FileManager.default.createFile(atPath: path, contents: nil) {
                state.file = FileHandle(forWritingAtPath: path)
            }
            guard state.written < Self.fileBytes, let file = state.file else { return }
            // A full disk must not end the trial for the sake of its log.
            try? file.write(contentsOf: Data(bytes.prefix(Self.fileBytes - state.written)))
            state.written += bytes.count
        }
    }

    /// The last lines, at most 16 kB, fit to be stored and shown.
    package var tail: String {
        let bytes = state.withLock { $0.tail.suffix(Self.tailBytes) }
        return Self.printable(String(decoding: bytes, as: UTF8.self))
    }

    /// Without the control characters by which a log could steer a terminal
    /// (or a NUL, which a database does not store), at most 16 kB.
    static func printable(_ text: String) -> String {
        var clean = String.UnicodeScalarView()
        clean.append(
            contentsOf: text.unicodeScalars.filter {
                $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control
            })
        let result = String(clean).trimmingCharacters(in: .whitespacesAndNewlines)
        guard result.utf8.count > tailBytes else { return result }
        // A character cut in two becomes up to six bytes longer.
        return String(decoding: result.utf8.suffix(tailBytes - 6), as: UTF8.self)
    }
}
