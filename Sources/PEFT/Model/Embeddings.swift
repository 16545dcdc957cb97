import LinearAlgebra

/// `LN(word[id] + position[p] + type[t])`.
final class Embeddings {
    let words: Parameter
    let positions: Parameter
    let types: Parameter
    let norm: Normalization
    /// Its word row gets no gradient, as in Hugging Face's BERT.
    let paddingID: Int

    init(words: Parameter, positions: Parameter, types: Parameter, norm: Normalization, paddingID: Int) {
        self.words = words
        self.positions = positions
        self.types = types
        self.norm = norm
        self.paddingID = paddingID
    }

    var hasTrainable: Bool {
        [words, positions, types, norm.weight, norm.bias].contains(where: \.isTrainable)
    }

    /// (T, d).
    func forward(
        _ batch: TokenBatch, products: any ProductLibrary
    ) -> (y: Matrix, cache: LayerNormalization.Cache) {
        var sum = words.value.gatherRows(batch.ids)
        sum.add(types.value.gatherRows(batch.typeIDs))
        return norm.forward(
            sum, plus: positions.value.gatherRows(batch.positions), products: products)
    }

    /// Accumulates the gradients of the tables.
    func backward(
        _ dy: Matrix, batch: TokenBatch, cache: LayerNormalization.Cache, products: any ProductLibrary
    ) {
        let dSum = norm.backward(dy, cache: cache, products: products)
        for (table, indices) in [(words, batch.ids), (positions, batch.positions), (types, batch.typeIDs)] {
            guard table.isTrainable else { continue }
            var gradient = Matrix(rows: table.value.rows, columns: table.value.columns)
            gradient.scatterAddRows(dSum, at: indices)
            if table === words { gradient.clearRow(paddingID) }
            table.accumulate(gradient)
        }
    }
}
