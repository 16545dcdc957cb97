/// Something in which a replay is not its record.
public struct ReplayDifference: Sendable, Hashable {
    /// What differs, in the order in which one explains the next.
    public enum Quantity: String, Sendable, Hashable, CaseIterable {
        /// A file, or of the record itself study, seed or configuration.
        case input
        /// The native engine's version.
        case engine
        /// This program's version.
        case program
        /// Instruction set, numeric mode, libraries.
        case computeClass = "compute_class"
        /// A step of the training, by its loss and gradient norm.
        case step
        /// Why there is no result, or that there is one.
        case failure
        case measurement
        /// The trained tensors.
        case artifact
    }

    public var quantity: Quantity
    /// Which one: a file's path, a part of the compute class, steps, a metric.
    public var name: String
    /// Where it depends on one.
    public var rung: Int?
    /// Nil where there is nothing.
    public var recorded: String?
    public var found: String?

    /// A difference as given.
    public init(
        _ quantity: Quantity, _ name: String, rung: Int? = nil, recorded: String?, found: String?
    ) {
        self.quantity = quantity
        self.name = name
        self.rung = rung
        self.recorded = recorded
        self.found = found
    }
}

extension ReplayDifference {
    /// As readers get it.
    public var json: JSON {
        [
            "quantity": .string(quantity.rawValue), "name": .string(name), "rung": JSON(rung),
            "recorded": JSON(recorded), "found": JSON(found),
        ]
    }

    /// In one line.
    public var text: String {
        let place = rung.map { " at rung \($0)" } ?? ""
        let kind = quantity.rawValue.replacing("_", with: " ")
        return "\(kind) \(name)\(place): recorded \(recorded ?? "nothing"), found \(found ?? "nothing")"
    }
}
