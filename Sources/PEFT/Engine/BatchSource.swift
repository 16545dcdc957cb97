package import LinearAlgebra

/// Where the batches of a split come from.
package indirect enum BatchSource {
    case tokens(EncodedSplit)
    case states(HiddenStateFile)
    /// Some examples of another source, numbered anew.
    case selection([Int], of: BatchSource)

    /// - Throws: when the file of states cannot be read any more.
    package func batch(_ indices: some Sequence<Int>) throws(MatrixFileError) -> NetworkInput {
        switch self {
        case .tokens(let split): .tokens(split.batch(indices))
        case .states(let file): .states(try file.batch(indices))
        case .selection(let chosen, let source): try source.batch(indices.map { chosen[$0] })
        }
    }
}

/// The hidden states of every sequence of a split after some layer.
package struct HiddenStateFile: Sendable {
    package let file: MatrixFile
    package let layer: Int
    /// Sequence s is the rows `offsets[s] ..< offsets[s + 1]`.
    package let offsets: [Int]

    package func batch(_ indices: some Sequence<Int>) throws(MatrixFileError) -> HiddenStates {
        let ranges = indices.map { offsets[$0]..<offsets[$0 + 1] }
        var starts = [0]
        for range in ranges { starts.append(starts.last! + range.count) }
        return HiddenStates(layer: layer, values: try file.rows(ranges), offsets: starts)
    }
}
