/// The values of one configuration by parameter name. A parameter that is
/// switched off is absent, never imputed.
public typealias Assignment = [String: JSON]

/// What a search may choose.
public struct SearchSpace: Sendable, Hashable {
    /// What an assignment means.
    public enum Meaning: Sendable, Hashable {
        /// It is the configuration: any engine, explicit parameters.
        case literal
        /// It spells a native `Configuration` (see `HybridSpace`).
        case native(preset: String)
    }

    public var meaning: Meaning
    /// In the order of the study file or of the preset; names are unique.
    public var parameters: [Parameter]

    public init(meaning: Meaning, parameters: [Parameter]) {
        self.meaning = meaning
        self.parameters = parameters
    }
}

/// One thing to choose.
public struct Parameter: Sendable, Hashable {
    public var name: String
    public var domain: ParameterDomain
    /// When it exists; nil is always.
    public var condition: Condition?
    /// Which component, layer and part of the model it sizes, for a size
    /// parameter of a native space: strategies grow, shrink and move by it.
    public var place: Place?

    public enum Condition: Sendable, Hashable {
        /// Every named parameter has one of the listed values.
        case values([String: [JSON]])
        /// At least one size of the component is not 0.
        case component(String)
    }

    public struct Place: Sendable, Hashable {
        public var component: String
        public var layer: Int?
        public var part: String

        public init(component: String, layer: Int?, part: String) {
            self.component = component
            self.layer = layer
            self.part = part
        }
    }

    public init(name: String, domain: ParameterDomain, condition: Condition? = nil, place: Place? = nil) {
        self.name = name
        self.domain = domain
        self.condition = condition
        self.place = place
    }
}

/// The values of one parameter.
public enum ParameterDomain: Sendable, Hashable {
    public enum IntegerScale: String, Sendable, Hashable, CaseIterable { case linear, log2 }
    public enum RealScale: String, Sendable, Hashable, CaseIterable { case linear, log }

    /// Whole numbers from `lower` to `upper`, both in.
    case integer(lower: Int, upper: Int, scale: IntegerScale)
    /// Numbers from `lower` to `upper`, both in.
    case real(lower: Double, upper: Double, scale: RealScale)
    /// Scalars without an order.
    case choice([JSON])
    /// Numbers in ascending order, of which neighbours are alike; for a size,
    /// the first is 0 and means absent.
    case levels([JSON])
}
