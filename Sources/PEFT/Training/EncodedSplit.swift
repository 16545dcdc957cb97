import Foundation

/// Token sequences with their labels, in a few large arrays: a task may have
/// millions of them.
public struct EncodedSplit: Sendable, Hashable {
    private(set) var ids: [Int32] = []
    private(set) var typeIDs: [Int32] = []
    /// Sequence s is the tokens `offsets[s] ..< offsets[s + 1]`.
    let offsets: [Int]
    public let labels: [Int]

    /// As many labels as sequences.
    package init(sequences: some Sequence<Encoding>, labels: [Int]) {
        var offsets = [0]
        offsets.reserveCapacity(labels.count + 1)
        for sequence in sequences {
            ids.append(contentsOf: sequence.ids)
            typeIDs.append(contentsOf: sequence.typeIDs)
            offsets.append(ids.count)
        }
        precondition(
            offsets.count == labels.count + 1, "\(offsets.count - 1) sequences, \(labels.count) labels")
        self.offsets = offsets
        self.labels = labels
    }

    /// As many type ids as ids; `offsets` ascend from 0 to that number.
    init(ids: [Int32], typeIDs: [Int32], offsets: [Int], labels: [Int]) {
        self.ids = ids
        self.typeIDs = typeIDs
        self.offsets = offsets
        self.labels = labels
    }

    public var count: Int { labels.count }
    var tokens: Int { ids.count }
    /// Tokens of a sequence.
    func length(_ index: Int) -> Int { offsets[index + 1] - offsets[index] }

    package func batch(_ indices: some Sequence<Int>) -> TokenBatch {
        TokenBatch(
            indices.map { index in
                let range = offsets[index]..<offsets[index + 1]
                return (ids: ids[range], typeIDs: typeIDs[range])
            })
    }
}

extension EncodedSplit {
    /// Fewer than this are not worth another thread.
    private static let examplesPerThread = 256

    /// Tokenizes examples, cut into as many stretches as there are threads; the
    /// result does not depend on their number.
    package init(_ examples: [Example], tokenizer: Tokenizer, maximumLength: Int, threads: Int) {
        let count = min(max(threads, 1), examples.count / Self.examplesPerThread + 1)
        let bounds = (0...count).map { $0 * examples.count / count }
        let parts = Parts()
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let stretch = examples[bounds[index]..<bounds[index + 1]]
            let part = EncodedSplit(
                sequences: stretch.lazy.map {
                    tokenizer.encode($0.text, pair: $0.pair, maximumLength: maximumLength)
                }, labels: stretch.map(\.label))
            parts.put(part, at: index)
        }
        self.init(joining: parts.inOrder)
    }

    /// What several threads make.
    ///
    /// Sendable because the lock is held by whoever touches the parts.
    private final class Parts: @unchecked Sendable {
        private let lock = NSLock()
        private var parts: [Int: EncodedSplit] = [:]

        func put(_ part: EncodedSplit, at index: Int) { lock.withLock { parts[index] = part } }

        var inOrder: [EncodedSplit] {
            lock.withLock { parts.sorted { $0.key < $1.key }.map(\.value) }
        }
    }

    private init(joining parts: [EncodedSplit]) {
        var offsets = [0]
        for part in parts {
            let start = offsets.last!
            offsets += part.offsets.dropFirst().map { start + $0 }
        }
        self.init(
            ids: parts.flatMap(\.ids), typeIDs: parts.flatMap(\.typeIDs), offsets: offsets,
            labels: parts.flatMap(\.labels))
    }
}
