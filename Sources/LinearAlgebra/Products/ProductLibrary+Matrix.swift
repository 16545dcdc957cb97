extension ProductLibrary {
    /// `a·b`, with one factor transposed if asked.
    package func product(_ a: Operand, _ b: Operand, transposing transposed: Matrix.Factor? = nil) -> Matrix {
        let size = Self.size(a, b, transposed)
        var c = Matrix(uninitializedRows: size.m, columns: size.n)
        multiply(a, b, transposed, into: &c, accumulates: false)
        return c
    }

    /// `c += a·b`, with one factor transposed if asked.
    package func addProduct(
        _ a: Operand, _ b: Operand, transposing transposed: Matrix.Factor? = nil, to c: inout Matrix
    ) {
        multiply(a, b, transposed, into: &c, accumulates: true)
    }

    /// `x·W + bias` for a (k, n) weight: in float32.
    package func product(_ x: Operand, _ weight: PreparedFactor, bias: Matrix? = nil) -> Matrix {
        var y = Matrix(uninitializedRows: x.rows, columns: weight.n)
        y.write { multiply(x, weight, bias: bias, into: $0, type: .float32) }
        return y
    }

    /// The same, rounded to the library's element type.
    package func roundedProduct(_ x: Operand, _ weight: PreparedFactor, bias: Matrix? = nil) -> Operand {
        let y = Operand(uninitializedRows: x.rows, columns: weight.n, type: operandType)
        y.initialize { multiply(x, weight, bias: bias, into: $0, type: operandType) }
        return y
    }

    private func multiply(
        _ x: Operand, _ weight: PreparedFactor, bias: Matrix?, into y: UnsafeMutableRawPointer,
        type: ElementType
    ) {
        precondition(x.columns == weight.k, "product of \(x.rows)x\(x.columns) and \(weight.k)x\(weight.n)")
        precondition(bias == nil || bias!.count == weight.n, "a bias of \(bias?.count ?? 0) for \(weight.n)")
        let shape = ProductShape(
            m: x.rows, n: weight.n, k: weight.k,
            a: .init(type: x.type, rowStride: x.columns, columnStride: 1), b: weight.layout,
            c: .init(type: type, rowStride: weight.n, columnStride: 1), hasBias: bias != nil)
        guard !shape.isEmpty else { return }
        x.read { a in
            weight.read { b in
                if let bias {
                    bias.read { run(shape, a: a, b: b, bias: $0, c: y) }
                } else {
                    run(shape, a: a, b: b, bias: nil, c: y)
                }
            }
        }
    }

    private func multiply(
        _ a: Operand, _ b: Operand, _ transposed: Matrix.Factor?, into c: inout Matrix, accumulates: Bool
    ) {
        let (m, n, k) = Self.size(a, b, transposed)
        precondition(c.rows == m && c.columns == n, "a product of \(m)x\(n) into \(c.rows)x\(c.columns)")
        let shape = ProductShape(
            m: m, n: n, k: k, a: a.layout(isTransposed: transposed == .first),
            b: b.layout(isTransposed: transposed == .second),
            c: .init(type: .float32, rowStride: n, columnStride: 1), sumsOverTokens: transposed == .first,
            accumulates: accumulates)
        guard !shape.isEmpty else { return }
        guard k > 0 else {
            if !accumulates { c = Matrix(rows: m, columns: n) }
            return
        }
        a.read { a in
            b.read { b in
                c.write { run(shape, a: a, b: b, bias: nil, c: UnsafeMutableRawPointer($0)) }
            }
        }
    }

    private static func size(
        _ a: Operand, _ b: Operand, _ transposed: Matrix.Factor?
    ) -> (m: Int, n: Int, k: Int) {
        let (m, k) = transposed == .first ? (a.columns, a.rows) : (a.rows, a.columns)
        let (inner, n) = transposed == .second ? (b.columns, b.rows) : (b.rows, b.columns)
        precondition(inner == k, "product of \(m)x\(k) and \(inner)x\(n)")
        return (m, n, k)
    }
}

/// The second factor of many products, (k, n).
package struct PreparedFactor: Sendable {
    let k: Int
    let n: Int
    /// Nil: packed.
    let layout: ProductShape.Factor?
    private let plain: Operand
    private let packed: PackedFactor?

    /// - Parameters:
    ///   - isTransposed: whether `matrix` is (n, k).
    ///   - isFrozen: whether it is multiplied often enough to be packed.
    package init(_ matrix: Matrix, isTransposed: Bool, isFrozen: Bool, by library: any ProductLibrary) {
        (k, n) = isTransposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
        let operand = library.operand(matrix)
        packed = isFrozen ? library.packed(operand, isTransposed: isTransposed) : nil
        layout = packed == nil ? operand.layout(isTransposed: isTransposed) : nil
        plain = packed == nil ? operand : .float32(Matrix(rows: 0, columns: 0))
    }

    func read(_ body: (UnsafeRawPointer) -> Void) {
        if let packed { withExtendedLifetime(packed) { body($0.bytes) } } else { plain.read(body) }
    }
}
