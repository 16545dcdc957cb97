import Foundation
package import LinearAlgebra

/// A weight of the base that never changes, with the arrangements of it that
/// product libraries have asked for: each is made once and shared by all
/// networks of the base.
///
/// Sendable because the lock is held by whoever touches the arrangements.
package final class FrozenWeight: @unchecked Sendable {
    private let content: Content
    private let lock = NSLock()
    private var prepared: [Use: PreparedFactor] = [:]

    private var decomposition: SingularValueDecomposition?

    private enum Content {
        case plain(Matrix)
        case quantized(NF4Matrix)
    }

    private struct Use: Hashable {
        let library: String
        let type: ElementType
        let isTransposed: Bool
    }

    package init(_ matrix: Matrix) { content = .plain(matrix) }

    package init(_ matrix: NF4Matrix) { content = .quantized(matrix) }

    /// Of a quantised weight computed each time.
    package var matrix: Matrix {
        switch content {
        case .plain(let matrix): matrix
        case .quantized(let matrix): matrix.matrix
        }
    }

    /// The values, where they are at hand.
    var plain: Matrix? { if case .plain(let matrix) = content { matrix } else { nil } }

    /// The weight (out, in) as the second factor of products.
    /// - Parameter isTransposed: for `x·Wᵀ`; else for `dy·W`.
    func factor(isTransposed: Bool, for products: any ProductLibrary) -> PreparedFactor {
        guard let matrix = plain else {
            return PreparedFactor(matrix, isTransposed: isTransposed, isFrozen: false, by: products)
        }
        let use = Use(
            library: products.description, type: products.operandType, isTransposed: isTransposed)
        return lock.withLock {
            if let factor = prepared[use] { return factor }
            let factor = PreparedFactor(matrix, isTransposed: isTransposed, isFrozen: true, by: products)
            prepared[use] = factor
            return factor
        }
    }

    /// Made once: a tenth of a second for a weight of a small encoder.
    /// - Returns: nil for values that are not finite.
    func singularValues() -> SingularValueDecomposition? {
        lock.withLock {
            if decomposition == nil { decomposition = SingularValueDecomposition(of: matrix) }
            return decomposition
        }
    }
}
