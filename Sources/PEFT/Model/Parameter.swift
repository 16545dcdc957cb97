public import LinearAlgebra

/// One tensor of a network, frozen or trainable.
///
/// A frozen parameter shares the base model's storage and is never written.
public final class Parameter {
    /// The name on disk: `encoder.layer.0.attention.self.query.weight`.
    public let name: String
    /// A vector is one row.
    public package(set) var value: Matrix {
        get { stored ?? frozen!.matrix }
        _modify {
            var changed = stored.take() ?? frozen!.matrix
            defer {
                stored = changed
                version &+= 1
            }
            yield &changed
        }
    }
    /// Nil for a quantised weight, which is computed when it is asked for.
    private var stored: Matrix?
    /// Whether the value is a rounded one that is computed from codes.
    var isQuantized: Bool { stored == nil }
    /// Counts the changes of the value.
    private var version = 0

    /// A value that a parameter had: equal ones were not changed in between.
    struct Revision: Equatable {
        fileprivate let parameter: ObjectIdentifier
        fileprivate let version: Int
    }

    var revision: Revision { Revision(parameter: ObjectIdentifier(self), version: version) }

    /// Of the last backward pass; nil before it and for frozen parameters.
    public internal(set) var gradient: Matrix?
    public let isTrainable: Bool
    /// Whether weight decay pulls it towards 0: matrices only.
    let decays: Bool
    /// Multiplies the learning rate.
    let learningRateScale: Double
    /// Whether a value from outside means something; its shape is right.
    let admits: @Sendable (Matrix) -> Bool
    private let frozen: FrozenWeight?

    package init(
        _ name: String, _ value: Matrix, isTrainable: Bool = false, decays: Bool = false,
        learningRateScale: Double = 1, admits: @escaping @Sendable (Matrix) -> Bool = { _ in true }
    ) {
        self.name = name
        stored = value
        self.admits = admits
        self.isTrainable = isTrainable
        self.decays = decays
        self.learningRateScale = learningRateScale
        frozen = nil
    }

    /// A frozen one.
    package init(_ name: String, _ weight: FrozenWeight) {
        self.name = name
        stored = weight.plain
        isTrainable = false
        decays = false
        learningRateScale = 1
        admits = { _ in true }
        frozen = weight
    }

    /// Adds to the gradient; `contribution` is not computed for a frozen one.
    func accumulate(_ contribution: @autoclosure () -> Matrix) {
        guard isTrainable else { return }
        if gradient == nil { gradient = contribution() } else { gradient!.add(contribution()) }
    }

    /// The value as the second factor of products.
    func factor(isTransposed: Bool, for products: any ProductLibrary) -> PreparedFactor {
        frozen?.factor(isTransposed: isTransposed, for: products)
            ?? PreparedFactor(value, isTransposed: isTransposed, isFrozen: false, by: products)
    }
}
