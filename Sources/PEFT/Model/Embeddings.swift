import LinearAlgebra

/// `LN(word[id] + position[p] + type[t])`.
final class Embeddings {
    let words: Parameter
    let positions: Parameter
    let types: Parameter
    let norm: Normalization
    /// Its word row gets no gradient, as in Hugging Face's BERT.
    let paddingID: Int
    var prompt: Prompt?
    /// What is added to the tokens' positions beside the prompt's length.
    var prefixOffset = 0

    init(words: Parameter, positions: Parameter, types: Parameter, norm: Normalization, paddingID: Int) {
        self.words = words
        self.positions = positions
        self.types = types
        self.norm = norm
        self.paddingID = paddingID
    }

    var hasTrainable: Bool {
        prompt != nil || [words, positions, types, norm.weight, norm.bias].contains(where: \.isTrainable)
    }

    /// By how much the tokens' positions move.
    var positionOffset: Int { prefixOffset + (prompt?.length ?? 0) }

    /// Where sequences begin among the rows of the result.
    func offsets(of batch: TokenBatch) -> [Int] { prompt?.offsets(of: batch) ?? batch.offsets }

    /// (T, d), with the rows of the prompt in every sequence.
    func forward(
        _ batch: TokenBatch, products: any ProductLibrary
    ) -> (y: Matrix, cache: LayerNormalization.Cache) {
        var sum = words.value.gatherRows(batch.ids)
        var (typeIDs, positions) = (batch.typeIDs, batch.positions.map { $0 + prefixOffset })
        if let prompt {
            sum = prompt.inserted(into: sum, batch)
            (typeIDs, positions) = prompt.inserted(typeIDs: typeIDs, batch)
        }
        sum.add(types.value.gatherRows(typeIDs))
        return norm.forward(
            sum, plus: self.positions.value.gatherRows(positions), products: products)
    }

    /// Accumulates the gradients of the tables.
    func backward(
        _ dy: Matrix, batch: TokenBatch, cache: LayerNormalization.Cache, products: any ProductLibrary
    ) {
        let dSum = norm.backward(dy, cache: cache, products: products)
        var (typeIDs, positions) = (batch.typeIDs, batch.positions.map { $0 + prefixOffset })
        var dWords = dSum
        if let prompt {
            dWords = prompt.backward(dSum, batch)
            (typeIDs, positions) = prompt.inserted(typeIDs: typeIDs, batch)
        }
        for (table, indices, gradient) in [
            (words, batch.ids, dWords), (self.positions, positions, dSum), (types, typeIDs, dSum),
        ] where table.isTrainable {
            var sum = Matrix(rows: table.value.rows, columns: table.value.columns)
            sum.scatterAddRows(gradient, at: indices)
            if table === words { sum.clearRow(paddingID) }
            table.accumulate(sum)
        }
    }
}
