import LinearAlgebra

/// `LN(word[id] + position[p] + type[t])`, without types where the family has
/// none, and with a map to the width of the hidden states where they differ.
final class Embeddings {
    let words: Parameter
    let positions: Parameter
    /// Nil in families without token types.
    let types: Parameter?
    let norm: Normalization
    /// Nil where the tables have the width of the hidden states.
    let projection: AffineMap?
    let counting: PositionCounting
    /// Its word row gets no gradient, as in Hugging Face's encoders.
    let paddingID: Int
    var prompt: Prompt?
    /// What is added to the tokens' positions beside the prompt's length.
    var prefixOffset = 0

    struct Cache {
        let norm: LayerNormalization.Cache
        let projection: AffineMap.Cache?
    }

    init(
        words: Parameter, positions: Parameter, types: Parameter?, norm: Normalization,
        projection: AffineMap?, counting: PositionCounting, paddingID: Int
    ) {
        self.words = words
        self.positions = positions
        self.types = types
        self.norm = norm
        self.projection = projection
        self.counting = counting
        self.paddingID = paddingID
    }

    /// Of the hidden states that it makes.
    var width: Int { projection?.weight.value.rows ?? words.value.columns }

    var tables: [Parameter] { [words, positions] + [types].compactMap(\.self) }

    var hasTrainable: Bool { trainsBelowProjection || projection?.isTrainable == true }

    private var trainsBelowProjection: Bool {
        prompt != nil || norm.isTrainable || tables.contains(where: \.isTrainable)
    }

    /// By how much the tokens' positions move.
    var positionOffset: Int { prefixOffset + (prompt?.length ?? 0) }

    /// Where sequences begin among the rows of the result.
    func offsets(of batch: TokenBatch) -> [Int] { prompt?.offsets(of: batch) ?? batch.offsets }

    /// (T, d), with the rows of the prompt in every sequence.
    func forward(_ batch: TokenBatch, products: any ProductLibrary) -> (y: Matrix, cache: Cache) {
        let rows = rows(of: batch)
        var sum = words.value.gatherRows(batch.ids)
        if let prompt { sum = prompt.inserted(into: sum, batch) }
        if let types { sum.add(types.value.gatherRows(rows.types)) }
        let (y, normCache) = norm.forward(
            sum, plus: positions.value.gatherRows(rows.positions), products: products)
        guard let projection else { return (y, Cache(norm: normCache, projection: nil)) }
        let (projected, cache) = projection.forward(products.operand(y), mode: .evaluation(products))
        return (projected, Cache(norm: normCache, projection: cache))
    }

    /// Accumulates the gradients of the tables, the LayerNorm, the map and the
    /// prompt.
    func backward(_ dy: Matrix, batch: TokenBatch, cache: Cache, products: any ProductLibrary) {
        var dNorm = dy
        if let projection, let projectionCache = cache.projection {
            guard
                let gradient = projection.backward(
                    products.operand(dy), cache: projectionCache, products: products,
                    needsInputGradient: trainsBelowProjection)
            else { return }
            dNorm = gradient
        }
        let dSum = norm.backward(dNorm, cache: cache.norm, products: products)
        let rows = rows(of: batch)
        let dWords = prompt?.backward(dSum, batch) ?? dSum
        accumulate(dWords, in: words, at: batch.ids, paddingRow: paddingID)
        accumulate(
            dSum, in: positions, at: rows.positions,
            paddingRow: counting == .behindPadding ? paddingID : nil)
        if let types { accumulate(dSum, in: types, at: rows.types) }
    }

    private func accumulate(
        _ gradient: Matrix, in table: Parameter, at rows: [Int], paddingRow: Int? = nil
    ) {
        guard table.isTrainable else { return }
        var sum = Matrix(rows: table.value.rows, columns: table.value.columns)
        sum.scatterAddRows(gradient, at: rows)
        if let paddingRow { sum.clearRow(paddingRow) }
        table.accumulate(sum)
    }

    /// The rows of the tables of types and positions, the prompt's included.
    private func rows(of batch: TokenBatch) -> (types: [Int], positions: [Int]) {
        let offset = counting.offset(paddingID: paddingID)
        if let prompt {
            // Vectors and not ids are counted here, so padding is counted too.
            let (types, positions) = prompt.inserted(typeIDs: batch.typeIDs, batch)
            return (types, positions.map { $0 + offset })
        }
        switch counting {
        case .fromZero: return (batch.typeIDs, batch.positions.map { $0 + prefixOffset })
        case .behindPadding: return (batch.typeIDs, rowsBehindPadding(of: batch, from: offset + prefixOffset))
        }
    }

    private func rowsBehindPadding(of batch: TokenBatch, from start: Int) -> [Int] {
        var next = start
        return batch.ids.indices.map { index in
            if batch.positions[index] == 0 { next = start }
            guard batch.ids[index] != paddingID else { return paddingID }
            defer { next += 1 }
            return next
        }
    }
}
