import Foundation

/// Another library's products, with the time that each kind of them takes.
///
/// Sendable because the lock is held by whoever touches the times.
package final class ProfiledProducts: ProductLibrary, @unchecked Sendable {
    private static let largeProducts = "products with the base's weights, and what is added to them"
    private static let thinProducts = "other products with low-rank factors"

    package struct Time: Sendable, Hashable {
        package var calls = 0
        package var seconds = 0.0
        /// A multiply-add as two; 0 for what is not a product.
        package var operations = 0.0
    }

    private let library: any ProductLibrary
    private let clock: @Sendable () -> Double
    private let lock = NSLock()
    private var spent: [String: Time] = [:]

    /// - Parameter clock: seconds of this thread or of the day.
    package init(_ library: any ProductLibrary, clock: @escaping @Sendable () -> Double) {
        self.library = library
        self.clock = clock
    }

    /// By what the time was for.
    package var times: [String: Time] { lock.withLock { spent } }

    package var description: String { library.description }
    package var operandType: ElementType { library.operandType }

    package func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? {
        library.packed(factor, isTransposed: isTransposed)
    }

    package func run(_ calls: [ProductCall]) {
        let shapes = calls.map(\.shape)
        let operations = shapes.reduce(0) { $0 + 2 * Double($1.m) * Double($1.n) * Double($1.k) }
        // The base's are packed, or both factors are as large as a layer.
        let isLarge = shapes.contains { $0.b == nil || min($0.m, $0.n, $0.k) > 64 }
        measure(isLarge ? Self.largeProducts : Self.thinProducts, operations) { library.run(calls) }
    }

    package func timing<Result>(_ part: ProfiledPart, _ body: () -> Result) -> Result {
        measure(part.rawValue, 0, body)
    }

    private func measure<Result>(_ name: String, _ operations: Double, _ body: () -> Result) -> Result {
        let start = clock()
        let result = body()
        let seconds = clock() - start
        lock.withLock {
            spent[name, default: Time()].calls += 1
            spent[name, default: Time()].seconds += seconds
            spent[name, default: Time()].operations += operations
        }
        return result
    }
}
