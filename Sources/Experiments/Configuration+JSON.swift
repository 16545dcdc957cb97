extension Configuration {
    /// The canonical form: components in a fixed order, sizes of 0 dropped,
    /// every setting written out.
    public var json: JSON {
        [
            "components": .array(canonicalComponents.map(\.json)),
            "head": .settings(HeadSettings.settings, of: head),
            "training": .settings(TrainingSettings.settings, of: training),
        ]
    }

    /// - Throws: what is wrong, naming the key and the permitted range.
    public init(json: JSON, subject: String = "configuration") throws(InputError) {
        var reader = try JSONObjectReader(json, subject: subject)
        let values = try reader.array("components") ?? []
        guard values.count <= Self.mostComponents else {
            throw reader.error("components", "expected at most \(Self.mostComponents), found \(values.count)")
        }
        var components: [Component] = []
        for (index, value) in values.enumerated() {
            components.append(try Component(json: value, subject: subject, path: "components[\(index)]"))
        }
        head = try .read(HeadSettings.settings, reader.object("head"))
        training = try .read(TrainingSettings.settings, reader.object("training"))
        try reader.finish()
        self.components = components
        self.components = canonicalComponents
        try refuseDoubles(subject: subject)
        try refuseConflicts(subject: subject)
    }

    /// Refuses a configuration that names blocks which the model lacks, or that
    /// makes no sense in it.
    /// - Parameter maximumLength: of a task's sequences, in tokens; nil where
    ///   there is none yet.
    public func check(
        against shape: ModelShape, maximumLength: Int? = nil, subject: String = "configuration"
    ) throws(InputError) {
        guard let reason = contradiction(in: shape, maximumLength: maximumLength) else { return }
        throw InputError(subject, key: "components", reason: reason)
    }

    private var canonicalComponents: [Component] {
        components.filter { !$0.value.isEmpty }
            .map { (component: $0, order: ($0.methodOrder, $0.value.order, $0.json.canonicalText)) }
            .sorted { $0.order < $1.order }.map(\.component)
    }

    private static let mostComponents = 100

    /// Two components of one kind at one place would need an order of their
    /// own, which the form does not have; with the same settings they are one.
    private func refuseDoubles(subject: String) throws(InputError) {
        for (index, component) in components.enumerated() {
            let value = component.value
            for other in components[..<index].map(\.value) where other.position == value.position {
                guard type(of: value).standsRepeatedly, component.prototype != Component(other).prototype
                else {
                    throw InputError(
                        subject, key: "components", reason: "\(value.position) stands twice",
                        suggestion: "one component with all its sizes")
                }
                let shared = value.sizes.keys.filter { other.sizes[$0] != nil }
                guard let place = shared.map({ "\($0.layer ?? 0).\($0.part)" }).min() else { continue }
                throw InputError(
                    subject, key: "components", reason: "\(value.position) stands twice at \(place)",
                    suggestion: "one of them there")
            }
        }
    }

    private func refuseConflicts(subject: String) throws(InputError) {
        guard let reason = conflict else { return }
        throw InputError(subject, key: "components", reason: reason)
    }

    /// Why its components have no meaning, by themselves or together, in any
    /// model; nil if they have.
    package var conflict: String? {
        if let reason = components.lazy.compactMap(\.value.contradiction).first { return reason }
        for (index, component) in components.enumerated() {
            for (otherIndex, other) in components.enumerated() where otherIndex != index {
                if let reason = component.value.conflict(with: other.value) { return reason }
            }
        }
        return nil
    }

    /// Why it cannot be in a model of this shape; nil if it can.
    package func contradiction(in shape: ModelShape, maximumLength: Int? = nil) -> String? {
        let highest = components.flatMap(\.layers).max() ?? 0
        guard highest < shape.layers else {
            return "layer \(highest) does not exist: the model has layers 0 to \(shape.layers - 1)"
        }
        for component in components {
            if let reason = component.value.contradiction(in: shape) { return reason }
        }
        let offset = components.reduce(0) { $0 + $1.value.positionOffset }
        let needed = offset + (maximumLength ?? 1)
        guard needed > shape.longestSequence else { return nil }
        return "\(offset) virtual tokens and \(needed - offset) of text are more than the model's "
            + "\(shape.longestSequence) positions"
    }
}

extension JSON {
    fileprivate static func settings<Owner>(_ settings: [Setting<Owner>], of owner: Owner) -> JSON {
        var members: [String: JSON] = [:]
        for setting in settings { members[setting.name] = setting.written(from: owner) }
        return .object(members)
    }
}

extension DefaultConstructible where Self: Sendable {
    fileprivate static func read(
        _ settings: [Setting<Self>], _ reader: JSONObjectReader?
    ) throws(InputError) -> Self {
        var owner = Self()
        guard var reader else { return owner }
        for setting in settings { try setting.read(&reader, into: &owner) }
        try reader.finish()
        return owner
    }
}
