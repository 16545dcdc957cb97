import Experiments
package import LinearAlgebra

/// How a pass computes, and whether it trains: then dropout acts and caches
/// are kept.
package struct ForwardMode {
    package let products: any ProductLibrary
    private let dropout: (seed: UInt64, step: Int, pass: Int)?
    /// Sequence s of a block's pass is the rows `offsets[s] ..< offsets[s + 1]`.
    var offsets: [Int] = []

    private init(products: any ProductLibrary, dropout: (seed: UInt64, step: Int, pass: Int)?) {
        self.products = products
        self.dropout = dropout
    }

    package static func evaluation(_ products: any ProductLibrary) -> ForwardMode {
        ForwardMode(products: products, dropout: nil)
    }

    /// Dropout masks of this pass come from `seed`, `step` and `pass` alone, so a
    /// step can be repeated.
    package static func training(
        seed: UInt64, step: Int, pass: Int = 0, _ products: any ProductLibrary
    ) -> ForwardMode {
        ForwardMode(products: products, dropout: (seed, step, pass))
    }

    var isTraining: Bool { dropout != nil }

    /// The mask of 0 and 1/(1 - probability) for one place, or nil when
    /// nothing is dropped.
    func dropoutMask(rows: Int, columns: Int, probability: Double, place: String) -> Matrix? {
        guard let dropout, probability > 0 else { return nil }
        var generator = SeededGenerator(
            seed: dropout.seed, purpose: "dropout \(place)", step: dropout.step, pass: dropout.pass)
        return .dropoutMask(rows: rows, columns: columns, probability: probability, using: &generator)
    }
}
