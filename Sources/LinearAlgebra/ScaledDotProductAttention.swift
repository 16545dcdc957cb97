import COpenBLAS

/// Multi-head attention within each of several sequences that lie one after
/// the other (Vaswani et al. 2017, arXiv 1706.03762): no padding, no mask.
///
/// T tokens in all, d = heads · headSize columns; sequence s is the rows
/// `offsets[s] ..< offsets[s + 1]`.
public enum ScaledDotProductAttention {
    /// The attention probabilities, for each sequence of n tokens and each
    /// head an (n, n) block, one after the other.
    public struct Cache: Sendable {
        let probabilities: Matrix
    }

    /// `softmax(q·kᵀ/√headSize)·v` by sequence and head; all (T, d).
    public static func forward(
        query: Matrix, key: Matrix, value: Matrix, offsets: [Int], heads: Int
    ) -> (context: Matrix, cache: Cache) {
        let shape = Shape(query, offsets: offsets, heads: heads)
        var context = Matrix(uninitializedRows: query.rows, columns: query.columns)
        var probabilities = Matrix(uninitializedRows: 1, columns: shape.probabilityCount)
        query.read { q in
            key.read { k in
                value.read { v in
                    context.write { output in
                        probabilities.write { p in
                            shape.forEachBlock { rows, block, n in
                                let p = p + block
                                gemm(
                                    n, n, shape.headSize, shape.scale, q + rows, shape.width, false, k + rows,
                                    shape.width, true, p, n)
                                for row in 0..<n { softmax(p + row * n, n) }
                                gemm(
                                    n, shape.headSize, n, 1, p, n, false, v + rows, shape.width, false,
                                    output + rows, shape.width)
                            }
                        }
                    }
                }
            }
        }
        return (context, Cache(probabilities: probabilities))
    }

    /// The gradients of query, key and value from that of the context.
    public static func backward(
        _ dContext: Matrix, query: Matrix, key: Matrix, value: Matrix, offsets: [Int], heads: Int,
        cache: Cache
    ) -> (dQuery: Matrix, dKey: Matrix, dValue: Matrix) {
        let shape = Shape(query, offsets: offsets, heads: heads)
        var dQuery = Matrix(uninitializedRows: query.rows, columns: query.columns)
        var dKey = Matrix(uninitializedRows: query.rows, columns: query.columns)
        var dValue = Matrix(uninitializedRows: query.rows, columns: query.columns)
        var scratch = Matrix(uninitializedRows: 1, columns: shape.longest * shape.longest)
        let (width, size) = (shape.width, shape.headSize)
        dContext.read { dO in
            query.read { q in
                key.read { k in
                    value.read { v in
                        cache.probabilities.read { p in
                            dQuery.write { dQ in
                                dKey.write { dK in
                                    dValue.write { dV in
                                        scratch.write { dS in
                                            shape.forEachBlock { rows, block, n in
                                                let p = p + block
                                                gemm(
                                                    n, size, n, 1, p, n, true, dO + rows, width, false,
                                                    dV + rows, width)
                                                gemm(
                                                    n, n, size, 1, dO + rows, width, false, v + rows, width,
                                                    true, dS, n)
                                                for row in 0..<n {
                                                    softmaxBackward(dS + row * n, p + row * n, n)
                                                }
                                                gemm(
                                                    n, size, n, shape.scale, dS, n, false, k + rows, width,
                                                    false, dQ + rows, width)
                                                gemm(
                                                    n, size, n, shape.scale, dS, n, true, q + rows, width,
                                                    false, dK + rows, width)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return (dQuery, dKey, dValue)
    }

    private struct Shape {
        let offsets: [Int]
        let heads: Int
        let width: Int
        let headSize: Int
        let scale: Float

        init(_ query: Matrix, offsets: [Int], heads: Int) {
            precondition(query.columns % heads == 0, "\(query.columns) columns for \(heads) heads")
            precondition(
                offsets.last == query.rows, "sequences end at \(offsets.last ?? 0) of \(query.rows) rows")
            self.offsets = offsets
            self.heads = heads
            width = query.columns
            headSize = query.columns / heads
            scale = 1 / Float(headSize).squareRoot()
        }

        var lengths: [Int] { zip(offsets.dropFirst(), offsets).map { $0 - $1 } }
        var longest: Int { lengths.max() ?? 0 }
        var probabilityCount: Int { lengths.reduce(0) { $0 + $1 * $1 } * heads }

        /// Calls `body` with the element offsets of a head's first column and
        /// of its probabilities, and the sequence's length.
        @inline(__always)
        func forEachBlock(_ body: (_ rows: Int, _ block: Int, _ n: Int) -> Void) {
            var block = 0
            for (start, end) in zip(offsets, offsets.dropFirst()) {
                let n = end - start
                for head in 0..<heads {
                    body(start * width + head * headSize, block, n)
                    block += n * n
                }
            }
        }
    }

    @inline(__always)
    private static func softmax(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
        var largest = row[0]
        for index in 1..<max(count, 1) { largest = max(largest, row[index]) }
        var sum: Float = 0
        forEachChunk(of: count) { offset, width in
            let depth = load(row + offset, width) - largest
            // depth - depth is 0, or NaN where a score is not finite: it must not pass for a small one.
            let value = VectorMath.exp(-VectorMath.magnitude(depth, limit: 87)) + (depth - depth)
            store(value, to: row + offset, width)
        }
        for index in 0..<count { sum += row[index] }
        let inverse = 1 / sum
        for index in 0..<count { row[index] *= inverse }
    }

    /// `dS = P·(dP - Σ dP·P)` for one row, in place of dP.
    @inline(__always)
    private static func softmaxBackward(
        _ gradient: UnsafeMutablePointer<Float>, _ probability: UnsafePointer<Float>, _ count: Int
    ) {
        var sum: Float = 0
        for index in 0..<count { sum += gradient[index] * probability[index] }
        for index in 0..<count { gradient[index] = probability[index] * (gradient[index] - sum) }
    }

    /// `c = scale * op(a) * op(b)`, (m, k)·(k, n), with row strides.
    @inline(__always)
    private static func gemm(
        _ m: Int, _ n: Int, _ k: Int, _ scale: Float, _ a: UnsafePointer<Float>, _ strideA: Int,
        _ transposeA: Bool, _ b: UnsafePointer<Float>, _ strideB: Int, _ transposeB: Bool,
        _ c: UnsafeMutablePointer<Float>, _ strideC: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            blasint(m), blasint(n), blasint(k), scale, a, blasint(strideA), b, blasint(strideB), 0, c,
            blasint(strideC))
    }
}
