import Foundation

/// Another library's products, with the time that each kind of them takes.
///
/// Sendable because the lock is held by whoever touches the times.
package final class ProfiledProducts: ProductLibrary, @unchecked Sendable {
    /// What a call is for.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// One factor is packed, or both are as large as a layer.
        case large = "products with the base's weights"
        case thin = "products with low-rank factors"
        case attention = "attention, all heads of a sequence"
        case nonlinearity = "GELU and its slope"
        case rounding = "rounding to the factors' type"
    }

    package struct Time: Sendable, Hashable {
        package var calls = 0
        package var seconds = 0.0
        /// A multiply-add as two; 0 for what is not a product.
        package var operations = 0.0
    }

    private let library: any ProductLibrary
    private let clock: @Sendable () -> Double
    private let lock = NSLock()
    private var spent: [Kind: Time] = [:]

    /// - Parameter clock: seconds of this thread or of the day.
    package init(_ library: any ProductLibrary, clock: @escaping @Sendable () -> Double) {
        self.library = library
        self.clock = clock
    }

    package var times: [Kind: Time] { lock.withLock { spent } }

    package var description: String { library.description }
    package var operandType: ElementType { library.operandType }

    package func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? {
        library.packed(factor, isTransposed: isTransposed)
    }

    package func run(
        _ shape: ProductShape, a: UnsafeRawPointer, b: UnsafeRawPointer, bias: UnsafePointer<Float>?,
        c: UnsafeMutableRawPointer
    ) {
        let operations = 2.0 * Double(shape.batch) * Double(shape.m) * Double(shape.n) * Double(shape.k)
        measure(Self.kind(of: shape), operations) { library.run(shape, a: a, b: b, bias: bias, c: c) }
    }

    package func operand(_ matrix: Matrix) -> Operand { measure(.rounding) { library.operand(matrix) } }

    package func gelu(_ x: Operand) -> Operand { measure(.nonlinearity) { library.gelu(x) } }

    package func geluBackward(_ dy: Operand, input x: Operand) -> Operand {
        measure(.nonlinearity) { library.geluBackward(dy, input: x) }
    }

    private static func kind(of shape: ProductShape) -> Kind {
        if shape.batch > 1 { return .attention }
        return shape.b == nil || min(shape.m, shape.n, shape.k) > 64 ? .large : .thin
    }

    private func measure<Result>(_ kind: Kind, _ operations: Double = 0, _ body: () -> Result) -> Result {
        let start = clock()
        let result = body()
        let seconds = clock() - start
        lock.withLock {
            spent[kind, default: Time()].calls += 1
            spent[kind, default: Time()].seconds += seconds
            spent[kind, default: Time()].operations += operations
        }
        return result
    }
}
