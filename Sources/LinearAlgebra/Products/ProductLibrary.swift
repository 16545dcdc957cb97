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

    /// Runs a product. Pointers are to the first elements, of the types that
    /// the shape names; the bias is float32.
    func run(
        _ shape: ProductShape, a: UnsafeRawPointer, b: UnsafeRawPointer, bias: UnsafePointer<Float>?,
        c: UnsafeMutableRawPointer)

    /// The matrix in the library's element type.
    func operand(_ matrix: Matrix) -> Operand

    /// `x·Φ(x)`, element by element.
    func gelu(_ x: Operand) -> Operand

    /// The gradient of the input `x` from that of the output.
    func geluBackward(_ dy: Operand, input x: Operand) -> Operand
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
