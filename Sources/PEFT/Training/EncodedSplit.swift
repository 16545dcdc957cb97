/// Token sequences with what is to be said of them, in a few large arrays: a
/// task may have millions of them.
public struct EncodedSplit: Sendable, Hashable {
    let ids: [Int32]
    let typeIDs: [Int32]
    /// Sequence s is the tokens `offsets[s] ..< offsets[s + 1]`.
    let offsets: [Int]
    /// As many as sequences.
    public let targets: Targets

    /// As many labels as sequences.
    package init(sequences: some Sequence<Encoding>, labels: [Int]) {
        self.init(sequences: sequences, targets: .labels(labels))
    }

    /// As many targets as sequences.
    package init(sequences: some Sequence<Encoding>, targets: Targets) {
        var (ids, typeIDs): ([Int32], [Int32]) = ([], [])
        var offsets = [0]
        offsets.reserveCapacity(targets.count + 1)
        for sequence in sequences {
            ids.append(contentsOf: sequence.ids)
            typeIDs.append(contentsOf: sequence.typeIDs)
            offsets.append(ids.count)
        }
        precondition(
            offsets.count == targets.count + 1, "\(offsets.count - 1) sequences, \(targets.count) targets")
        self.init(ids: ids, typeIDs: typeIDs, offsets: offsets, targets: targets)
    }

    /// As many type ids as ids; `offsets` ascend from 0 to that number.
    init(ids: [Int32], typeIDs: [Int32], offsets: [Int], targets: Targets) {
        self.ids = ids
        self.typeIDs = typeIDs
        self.offsets = offsets
        self.targets = targets
    }

    public var count: Int { offsets.count - 1 }
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
