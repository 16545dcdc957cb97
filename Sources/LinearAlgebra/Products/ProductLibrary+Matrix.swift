extension ProductLibrary {
    /// `a·b`, with one factor transposed if asked.
    package func product(_ a: Operand, _ b: Operand, transposing transposed: Matrix.Factor? = nil) -> Matrix {
        let (m, n, k) = Self.size(a, b, transposed)
        guard m > 0, n > 0, k > 0 else { return Matrix(rows: m, columns: n) }
        var c = Matrix(uninitializedRows: m, columns: n)
        let shape = ProductShape(
            m: m, n: n, k: k, a: a.layout(isTransposed: transposed == .first),
            b: b.layout(isTransposed: transposed == .second),
            c: .init(type: .float32, rowStride: n, columnStride: 1), sumsOverTokens: transposed == .first)
        a.read { a in
            b.read { b in
                c.write { c in
                    run([
                        ProductCall(
                            shape: shape, rows: m, a: a, b: b, bias: nil, c: UnsafeMutableRawPointer(c))
                    ])
                }
            }
        }
        return c
    }

    /// `x·W + bias` for a (k, n) weight: in float32.
    package func product(_ x: Operand, _ weight: PreparedFactor, bias: Matrix? = nil) -> Matrix {
        product([ProductTerm(x, weight, bias: bias)])
    }

    /// The sum of one or more terms, in float32.
    package func product(_ terms: [ProductTerm]) -> Matrix {
        var y: Operand?
        add(terms, to: &y, as: .float32)
        return y!.matrix
    }

    /// Adds each term to y, (T, n); a y of nil becomes their sum, in the
    /// element type. A sum that is rounded is so after each term.
    package func add(_ terms: [ProductTerm], to y: inout Operand?, as type: ElementType) {
        guard let first = terms.first else { return }
        let (rows, columns) = (first.x.rows, first.weight.n)
        precondition(
            y == nil || y!.rows == rows && y!.columns == columns,
            "a product of \(rows)x\(columns) into \(y?.rows ?? 0)x\(y?.columns ?? 0)")
        let startsAtZero = y == nil
        var sum = y ?? Operand(uninitializedRows: rows, columns: columns, type: type)
        y = nil
        let type = sum.type
        if rows > 0, columns > 0 {
            let storedRows = sum.storedRows
            sum.write { c in
                withExtendedLifetime(terms) {
                    run(
                        terms.enumerated().map { index, term in
                            term.call(
                                c, type, rows: rows, storedRows: storedRows, columns: columns,
                                adds: index > 0 || !startsAtZero)
                        })
                }
            }
        }
        y = sum
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

    /// Valid while the factor is.
    fileprivate var base: UnsafeRawPointer { packed.map { UnsafeRawPointer($0.bytes) } ?? plain.base }
}

/// `x·W + bias`, for x (T, k) and W (k, n).
package struct ProductTerm {
    fileprivate let x: Operand
    fileprivate let weight: PreparedFactor
    fileprivate let bias: Matrix?

    package init(_ x: Operand, _ weight: PreparedFactor, bias: Matrix? = nil) {
        precondition(x.columns == weight.k, "product of \(x.rows)x\(x.columns) and \(weight.k)x\(weight.n)")
        precondition(bias == nil || bias!.count == weight.n, "a bias of \(bias?.count ?? 0) for \(weight.n)")
        self.x = x
        self.weight = weight
        self.bias = bias
    }

    /// Its pointers are valid while the term is.
    fileprivate func call(
        _ c: UnsafeMutableRawPointer, _ type: ElementType, rows: Int, storedRows: Int, columns: Int,
        adds: Bool
    ) -> ProductCall {
        precondition(x.rows == rows && weight.n == columns, "terms of different shapes")
        let shape = ProductShape(
            m: rows, n: columns, k: x.columns, a: x.layout(isTransposed: false), b: weight.layout,
            c: .init(type: type, rowStride: columns, columnStride: 1), hasBias: bias != nil, accumulates: adds
        )
        return ProductCall(
            shape: shape, rows: min(x.storedRows, storedRows), a: x.base, b: weight.base,
            bias: bias.map { UnsafePointer($0.storage.base) }, c: c)
    }
}
