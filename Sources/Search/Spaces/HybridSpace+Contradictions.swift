import Experiments

extension HybridSpace {
    /// Refuses a space that has places for a method whose settings contradict
    /// each other, or all of its sizes, whatever else is chosen: no proposal
    /// would ever have it.
    static func refuseContradictions(
        in space: SearchSpace, shape: ModelShape, overrides: [String: ParameterDomain]
    ) throws(InputError) {
        for method in SpaceLayout(space).components {
            let own = ownParameters(of: method, in: space)
            guard let reason = try contradiction(in: own, shape) else { continue }
            let named = own.parameters.filter { $0.place == nil && overrides[$0.name] != nil }
            throw InputError(
                "space", key: named.first?.name ?? method,
                reason: "no proposal can have \(method): \(reason)",
                suggestion: "other values, or no sizes of \(method)")
        }
    }

    /// Of a method's sizes and settings alone, whose conditions rest on one
    /// another and on nothing else.
    private static func ownParameters(of method: String, in space: SearchSpace) -> SearchSpace {
        let parameters = space.parameters.filter { parameter in
            (parameter.place?.component ?? NativeSetting.named(parameter.name)?.component) == method
        }
        return SearchSpace(meaning: space.meaning, parameters: parameters)
    }

    /// How many combinations are tried before a space is accepted unproven.
    private static let mostCombinations = 20_000

    /// The reason against the first combination, if there is one against each.
    private static func contradiction(
        in space: SearchSpace, _ shape: ModelShape
    ) throws(InputError) -> String? {
        let settings = space.parameters.filter { $0.place == nil }
        let axes = settings.map { (name: $0.name, values: representatives(of: $0.domain)) }
        let patterns = patterns(of: SpaceLayout(space))
        let count = axes.reduce(patterns.count) { count, axis in
            min(count, mostCombinations + 1) * axis.values.count
        }
        guard count <= mostCombinations else { return nil }
        var first: String?
        for index in 0..<count {
            var assignment = patterns[index % patterns.count]
            var rest = index / patterns.count
            for axis in axes {
                assignment[axis.name] = axis.values[rest % axis.values.count]
                rest /= axis.values.count
            }
            let configuration = try configuration(from: assignment, in: space)
            guard let reason = configuration.conflict ?? configuration.contradiction(in: shape) else {
                return nil
            }
            first = first ?? reason
        }
        return first
    }

    /// Every size at one place alone, and at all places together.
    private static func patterns(of layout: SpaceLayout) -> [Assignment] {
        let levels = Set(layout.sizes.flatMap(\.levels).compactMap(\.integer)).subtracting([0])
        return levels.sorted().flatMap { level -> [Assignment] in
            let names = layout.sizes.filter { $0.levels.contains(.integer(level)) }.map(\.name)
            return [names.prefix(1), names[...]].map { names in
                Dictionary(uniqueKeysWithValues: names.map { ($0, JSON.integer(level)) })
            }
        }
    }

    /// All values where there are few, else both ends.
    private static func representatives(of domain: ParameterDomain) -> [JSON] {
        if let values = domain.values(upTo: 20) { return values }
        switch domain {
        case .integer(let lower, let upper, _): return [.integer(lower), .integer(upper)]
        case .real(let lower, let upper, _): return [.number(lower), .number(upper)]
        case .choice(let values), .levels(let values): return values
        }
    }
}
