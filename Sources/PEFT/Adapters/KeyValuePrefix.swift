import LinearAlgebra

/// Trained keys and values, (P, d) each, in front of every sequence's own.
final class KeyValuePrefix {
    let key: Parameter
    let value: Parameter

    init(key: Parameter, value: Parameter) {
        self.key = key
        self.value = value
    }

    /// Keys and values (T, d) of sequences to (T + S·P, d), and where the
    /// sequences begin there.
    func inserted(
        key: Matrix, value: Matrix, offsets: [Int]
    ) -> (key: Matrix, value: Matrix, offsets: [Int]) {
        let length = self.key.value.rows
        return (
            key.insertingRows(self.key.value, beforeEach: offsets),
            value.insertingRows(self.value.value, beforeEach: offsets),
            offsets.enumerated().map { $1 + $0 * length }
        )
    }

    /// Accumulates the gradients of the prefix.
    /// - Parameter offsets: of the sequences without it.
    /// - Returns: the gradients of the sequences' own keys and values.
    func backward(
        dKey: Matrix, dValue: Matrix, offsets: [Int], products: any ProductLibrary
    ) -> (dKey: Operand, dValue: Operand) {
        let length = key.value.rows
        func part(_ gradient: Matrix, _ parameter: Parameter) -> Operand {
            let (rest, inserted) = gradient.removingRows(length, beforeEach: offsets)
            parameter.accumulate(inserted)
            return products.operand(rest)
        }
        return (part(dKey, key), part(dValue, value))
    }
}
