import LinearAlgebra

/// Trained keys and values, (P, d) each, in front of every sequence's own.
final class KeyValuePrefix {
    let key: Parameter
    let value: Parameter
    /// Of both, for each sequence, by the block's input.
    let gate: SequenceGate?

    init(key: Parameter, value: Parameter, gate: SequenceGate? = nil) {
        self.key = key
        self.value = value
        self.gate = gate
    }

    /// What the queries of a block attend to.
    struct Inserted {
        /// (T + S·P, d).
        let key: Matrix
        let value: Matrix
        /// Where the sequences begin there.
        let offsets: [Int]
        let gate: SequenceGate.Cache?
    }

    /// Keys and values (T, d) of sequences behind those of the prefix.
    /// - Parameter input: the block's, (T, d).
    func inserted(key: Matrix, value: Matrix, input: Operand, mode: ForwardMode) -> Inserted {
        let offsets = mode.offsets
        let gate = gate?.forward(input, mode: mode)
        func inserted(_ prefix: Parameter, before own: Matrix) -> Matrix {
            let all = own.insertingRows(prefix.value, beforeEach: offsets)
            return gate.map { weighed(all, by: $0.factors, offsets) } ?? all
        }
        return Inserted(
            key: inserted(self.key, before: key), value: inserted(self.value, before: value),
            offsets: offsets.enumerated().map { $1 + $0 * length }, gate: gate)
    }

    /// Accumulates the gradients of the prefix and its gate.
    /// - Parameters:
    ///   - offsets: of the sequences without it.
    ///   - gate: of the pass.
    /// - Returns: the gradients of the sequences' own keys and values, and that
    ///   of the block's input through the gate.
    func backward(
        dKey: Matrix, dValue: Matrix, offsets: [Int], gate cache: SequenceGate.Cache?,
        products: any ProductLibrary
    ) -> (dKey: Operand, dValue: Operand, gate: ProductTerm?) {
        func part(_ gradient: Matrix, _ parameter: Parameter) -> Operand {
            let weighed = cache.map { self.weighed(gradient, by: $0.factors, offsets) } ?? gradient
            let (rest, inserted) = weighed.removingRows(length, beforeEach: offsets)
            parameter.accumulate(inserted)
            return products.operand(rest)
        }
        var throughGate: ProductTerm?
        if let gate, let cache {
            let slopes = zip(slopes(dKey, key, offsets), slopes(dValue, value, offsets)).map(+)
            throughGate = gate.backward(slopes, cache: cache, products: products)
        }
        return (part(dKey, key), part(dValue, value), throughGate)
    }

    private var length: Int { key.value.rows }

    /// The prefix's rows times their sequence's factor, the others as they are.
    private func weighed(_ rows: Matrix, by factors: [Float], _ offsets: [Int]) -> Matrix {
        var expanded = [Float](repeating: 1, count: rows.rows)
        for (sequence, factor) in factors.enumerated() {
            for row in prefixRows(of: sequence, offsets) { expanded[row] = factor }
        }
        return rows.timesEachColumn(Matrix(row: expanded))
    }

    /// The slope of the loss by each sequence's factor, through a tensor of the
    /// prefix.
    private func slopes(_ gradient: Matrix, _ parameter: Parameter, _ offsets: [Int]) -> [Float] {
        (0..<offsets.count - 1).map { sequence in
            let rows = gradient.gatherRows(Array(prefixRows(of: sequence, offsets)))
            return rows.times(parameter.value).values.reduce(0, +)
        }
    }

    /// Where the prefix of a sequence lies.
    private func prefixRows(of sequence: Int, _ offsets: [Int]) -> Range<Int> {
        let start = offsets[sequence] + sequence * length
        return start..<start + length
    }
}
