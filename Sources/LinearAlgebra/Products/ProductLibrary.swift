/// What multiplies matrices: the one thing in which the libraries below this
/// target differ. Everything else is written once, in terms of it.
///
/// A library object may be shared; it runs one product at a time.
package protocol ProductLibrary: Sendable {
    /// Name, version and kernels: `onednn-2.6.3`.
    var description: String { get }

    /// In what products read their factors.
    var operandType: ElementType { get }

    /// A (k, n) factor in the arrangement that the library multiplies fastest;
    /// nil when it multiplies rows as they lie as fast.
    ///
    /// - Parameter isTransposed: whether `factor` is (n, k).
    func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor?

    /// Runs products in this order. Several have the same c, so that a library
    /// may run them piece by piece while a piece of c is in the cache.
    func run(_ calls: [ProductCall])

    /// Lets go of code made for shapes of former jobs, if there is much of it.
    func forgetCode()

    /// Does `body`; a library that profiles counts its time under the part.
    func timing<Result>(_ part: ProfiledPart, _ body: () -> Result) -> Result
}

/// What time is spent on beside products.
package enum ProfiledPart: String, Sendable, Hashable, CaseIterable {
    case attention
    case nonlinearity = "GELU and its slope"
    case normalization = "LayerNorm and residual sums"
    case rounding = "rounding to the factors' type"
    case optimizer = "AdamW"
}

extension ProductLibrary {
    package func forgetCode() {}

    package func timing<Result>(_ part: ProfiledPart, _ body: () -> Result) -> Result { body() }

    /// The matrix in the library's element type.
    package func operand(_ matrix: Matrix) -> Operand {
        timing(.rounding) { Operand(matrix, as: operandType) }
    }
}

/// A factor that a library has arranged for itself.
package final class PackedFactor: @unchecked Sendable {
    // Sendable because it is written before it is shared, and never after.
    let bytes: UnsafeMutableRawPointer

    init(byteCount: Int) {
        bytes = .allocate(byteCount: max(byteCount, 64), alignment: 64)
    }

    deinit { bytes.deallocate() }
}
