package import LinearAlgebra

/// What the blocks below some layer made of a batch.
package struct HiddenStates: Sendable {
    /// How many blocks they have passed.
    package let layer: Int
    /// (T, d); above the last block (S, d), one row a sequence, where the head
    /// reads the first rows alone.
    package let values: Matrix
    /// Sequence s is the rows `offsets[s] ..< offsets[s + 1]`.
    package let offsets: [Int]

    package init(layer: Int, values: Matrix, offsets: [Int]) {
        self.layer = layer
        self.values = values
        self.offsets = offsets
    }
}

/// What a pass through a network begins with.
package enum NetworkInput: Sendable {
    case tokens(TokenBatch)
    case states(HiddenStates)

    /// Sequence s is the rows `offsets[s] ..< offsets[s + 1]`.
    package var offsets: [Int] {
        switch self {
        case .tokens(let batch): batch.offsets
        case .states(let states): states.offsets
        }
    }
}
