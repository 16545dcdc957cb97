import Foundation

/// Work on the elements of a list, cut into as many stretches as there are
/// threads; the order of the results does not depend on their number.
enum Stretches {
    /// Fewer elements than this are not worth another thread.
    private static let elementsPerThread = 256

    static func map<Element: Sendable, Part: Sendable>(
        _ elements: [Element], threads: Int, _ body: @Sendable (ArraySlice<Element>) -> Part
    ) -> [Part] {
        let count = min(max(threads, 1), elements.count / elementsPerThread + 1)
        let bounds = (0...count).map { $0 * elements.count / count }
        let parts = Parts<Part>()
        DispatchQueue.concurrentPerform(iterations: count) { index in
            parts.put(body(elements[bounds[index]..<bounds[index + 1]]), at: index)
        }
        return parts.inOrder
    }

    /// What several threads make.
    ///
    /// Sendable because the lock is held by whoever touches the parts.
    private final class Parts<Part: Sendable>: @unchecked Sendable {
        private let lock = NSLock()
        private var parts: [Int: Part] = [:]

        func put(_ part: Part, at index: Int) { lock.withLock { parts[index] = part } }

        var inOrder: [Part] {
            lock.withLock { parts.sorted { $0.key < $1.key }.map(\.value) }
        }
    }
}
