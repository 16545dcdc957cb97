import Foundation
import LinearAlgebra

/// `φ(q_h)·M_h` for each head h, added to the context (Wang et al. 2025,
/// arXiv 2506.13674); φ = elu + 1 keeps features positive.
final class QueryFeatureMap {
    /// The heads' M one under the other, (d, d/heads).
    let matrices: Parameter
    private let heads: Int

    struct Cache {
        let features: Matrix
        let slope: Matrix
    }

    init(_ matrices: Parameter, heads: Int) {
        self.matrices = matrices
        self.heads = heads
    }

    /// Queries (T, d) to what is added to the context, (T, d).
    func forward(_ query: Matrix) -> (y: Matrix, cache: Cache) {
        let features = query.map { $0 > 0 ? $0 + 1 : exp($0) }
        let slope = query.map { $0 > 0 ? 1 : exp($0) }
        let parts = (0..<heads).map { head in
            Matrix.product(features.columns(range(head)), matrices.value.rows(range(head)))
        }
        return (Matrix(joiningColumnsOf: parts), Cache(features: features, slope: slope))
    }

    /// Accumulates the gradient of M.
    /// - Returns: that of the queries.
    func backward(_ dy: Matrix, cache: Cache) -> Matrix {
        let parts = (0..<heads).map { head in
            let dHead = dy.columns(range(head))
            return (
                dFeatures: Matrix.product(
                    dHead, matrices.value.rows(range(head)), transposing: .second),
                dMatrix: Matrix.product(
                    cache.features.columns(range(head)), dHead, transposing: .first)
            )
        }
        matrices.accumulate(Matrix(joiningRowsOf: parts.map(\.dMatrix)))
        return Matrix(joiningColumnsOf: parts.map(\.dFeatures)).times(cache.slope)
    }

    private func range(_ head: Int) -> Range<Int> {
        let size = matrices.value.columns
        return head * size..<(head + 1) * size
    }
}
