import Foundation
package import LinearAlgebra

/// A weight of the base that never changes, with the arrangements of it that
/// product libraries have asked for: each is made once and shared by all
/// networks of the base.
///
/// Sendable because the lock is held by whoever touches the arrangements.
package final class FrozenWeight: @unchecked Sendable {
    package let matrix: Matrix
    private let lock = NSLock()
    private var prepared: [Use: PreparedFactor] = [:]

    private var decomposition: SingularValueDecomposition?

    private struct Use: Hashable {
        let library: String
        let type: ElementType
        let isTransposed: Bool
    }

    package init(_ matrix: Matrix) { self.matrix = matrix }

    /// The weight (out, in) as the second factor of products.
    /// - Parameter isTransposed: for `x·Wᵀ`; else for `dy·W`.
    func factor(isTransposed: Bool, for products: any ProductLibrary) -> PreparedFactor {
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
