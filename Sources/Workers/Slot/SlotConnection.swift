import Experiments
import Foundation

/// A slot process's two pipes to its worker.
///
/// A thread of its own reads, so that the end of the input is seen while the
/// engine computes.
final class SlotConnection: Sendable {
    /// The worker answered something else than it was asked for.
    struct ProtocolError: Error, CustomStringConvertible {
        let description: String
    }

    private let output: FileHandle
    private let lines = LineQueue()

    init(input: FileHandle, output: FileHandle, onEnd: @escaping @Sendable () -> Void) {
        self.output = output
        Thread { [lines] in
            // Written by the worker, hence long lines are no attack: a
            // request holds a whole study.
            var splitter = LineSplitter(limit: 64 << 20)
            while case let data = input.availableData, !data.isEmpty {
                for line in splitter.append(data) {
                    lines.append(String(decoding: line.bytes, as: UTF8.self))
                }
            }
            lines.end()
            onEnd()
        }.start()
    }

    /// Waits for a line; nil when the input has ended.
    func nextLine() -> String? {
        lines.next()
    }

    func send(_ message: JSON) {
        // A write that fails means that the worker is gone; the reader sees it.
        try? output.write(contentsOf: Data((message.canonicalText + "\n").utf8))
    }

    /// Runs `body` while the worker's other slots are stopped.
    func exclusively(_ body: () throws -> Void) throws {
        send(["exclusive": true])
        guard let line = nextLine() else { throw ProtocolError(description: "the worker is gone") }
        guard try JSON.parse(line)["go"]?.bool == true else {
            throw ProtocolError(description: "expected leave to measure alone, found: \(line.prefix(200))")
        }
        defer { send(["exclusive": false]) }
        try body()
    }
}

/// Lines from one thread to another.
private final class LineQueue: @unchecked Sendable {
    // Both variables are read and written under the condition's lock alone.
    private var lines: [String] = []
    private var hasEnded = false
    private let condition = NSCondition()

    func append(_ line: String) {
        condition.withLock {
            lines.append(line)
            condition.signal()
        }
    }

    func end() {
        condition.withLock {
            hasEnded = true
            condition.broadcast()
        }
    }

    func next() -> String? {
        condition.withLock {
            while lines.isEmpty, !hasEnded { condition.wait() }
            return lines.isEmpty ? nil : lines.removeFirst()
        }
    }
}
