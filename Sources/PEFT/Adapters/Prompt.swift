import LinearAlgebra

/// Trained vectors, (P, d), among the word embeddings of every sequence.
final class Prompt {
    let vectors: Parameter
    /// How many tokens of a sequence stand before them, 0 or 1.
    let tokensBefore: Int

    init(_ vectors: Parameter, tokensBefore: Int) {
        self.vectors = vectors
        self.tokensBefore = tokensBefore
    }

    var length: Int { vectors.value.rows }

    func offsets(of batch: TokenBatch) -> [Int] { batch.offsets.enumerated().map { $1 + $0 * length } }

    /// Word embeddings (T, d) to (T + S·P, d).
    func inserted(into words: Matrix, _ batch: TokenBatch) -> Matrix {
        words.insertingRows(vectors.value, beforeEach: places(in: batch))
    }

    /// Type 0 for the vectors, and positions that count them.
    func inserted(typeIDs: [Int], _ batch: TokenBatch) -> (typeIDs: [Int], positions: [Int]) {
        var types: [Int] = []
        var positions: [Int] = []
        for (start, end) in zip(batch.offsets, batch.offsets.dropFirst()) {
            let place = min(start + tokensBefore, end)
            types += typeIDs[start..<place]
            types += [Int](repeating: 0, count: length)
            types += typeIDs[place..<end]
            positions += 0..<(end - start + length)
        }
        return (types, positions)
    }

    /// Accumulates the gradient of the vectors.
    /// - Returns: that of the word embeddings, (T, d).
    func backward(_ dSum: Matrix, _ batch: TokenBatch) -> Matrix {
        let (rest, inserted) = dSum.removingRows(length, beforeEach: places(in: batch))
        vectors.accumulate(inserted)
        return rest
    }

    /// The rows of the tokens, where sequences with the vectors among them begin
    /// at `offsets`.
    func tokenRows(_ offsets: [Int]) -> [Int] {
        zip(offsets, offsets.dropFirst()).flatMap { start, end in
            let place = min(start + tokensBefore, end - length)
            return Array(start..<place) + Array(place + length..<end)
        }
    }

    /// The rows before which the vectors stand, and the end.
    private func places(in batch: TokenBatch) -> [Int] {
        zip(batch.offsets, batch.offsets.dropFirst()).map { min($0 + tokensBefore, $1) }
            + [batch.offsets.last ?? 0]
    }
}
