/// Token sequences one after the other, without padding.
public struct TokenBatch: Sendable {
    /// T token ids, segment ids and positions (from 0 in each sequence).
    public let ids: [Int]
    public let typeIDs: [Int]
    public let positions: [Int]
    /// Sequence s is `offsets[s] ..< offsets[s + 1]`; count is sequences + 1.
    public let offsets: [Int]

    public init(_ sequences: some Sequence<Encoding>) {
        self.init(sequences.map { (ids: $0.ids[...], typeIDs: $0.typeIDs[...]) })
    }

    init(_ sequences: [(ids: ArraySlice<Int32>, typeIDs: ArraySlice<Int32>)]) {
        var ids: [Int] = []
        var typeIDs: [Int] = []
        var positions: [Int] = []
        var offsets = [0]
        for sequence in sequences {
            ids.append(contentsOf: sequence.ids.lazy.map(Int.init))
            typeIDs.append(contentsOf: sequence.typeIDs.lazy.map(Int.init))
            positions.append(contentsOf: 0..<sequence.ids.count)
            offsets.append(ids.count)
        }
        self.ids = ids
        self.typeIDs = typeIDs
        self.positions = positions
        self.offsets = offsets
    }
}
