import Experiments

extension HybridSpace {
    /// By component, then by layer (bottlenecks by site first).
    static func places(of components: [String], shape: ModelShape) -> [Parameter.Place] {
        let layers = Array(0..<shape.layers)
        return components.flatMap { component -> [Parameter.Place] in
            switch component {
            case "lora":
                layers.flatMap { layer in
                    Projection.allCases.map { .lora(Site(layer: layer, projection: $0)) }
                }
            case "bottleneck":
                Bottleneck.Placement.allCases.flatMap { site in layers.map { .bottleneck(site, $0) } }
            case "bias": layers.map(Parameter.Place.bias)
            case "layernorm": layers.map(Parameter.Place.layerNorm)
            default: layers.map(Parameter.Place.block) + [.embeddings]
            }
        }
    }

    static func parameter(
        sizing place: Parameter.Place, _ overrides: [String: ParameterDomain]
    ) throws(InputError) -> Parameter {
        let name = place.parameterName
        var domain = ParameterDomain.levels(defaultSizes(of: place).map(JSON.integer))
        for key in [place.groupName, name] {
            if let override = overrides[key] { domain = try sizes(override, of: place, key: key) }
        }
        return Parameter(name: name, domain: domain, place: place)
    }

    static func parameter(
        for setting: NativeSetting, _ overrides: [String: ParameterDomain]
    ) throws(InputError) -> Parameter? {
        if let override = overrides[setting.name] { try check(override, for: setting) }
        guard let domain = overrides[setting.name] ?? setting.domain else { return nil }
        return Parameter(
            name: setting.name, domain: domain,
            condition: setting.component.map(Parameter.Condition.component))
    }

    static func refuseUnknown(
        _ overrides: [String: ParameterDomain], places: [Parameter.Place], settings: [NativeSetting]
    ) throws(InputError) {
        let known = settings.map(\.name) + places.flatMap { [$0.groupName, $0.parameterName] }
        let names = Set(known)
        guard let unknown = overrides.keys.filter({ !names.contains($0) }).min() else { return }
        throw InputError(
            "space", key: unknown, reason: "is neither a parameter nor a group of parameters of this space",
            suggestion: InputError.nearest(to: unknown, in: known))
    }

    private static func defaultSizes(of place: Parameter.Place) -> [Int] {
        switch place.component {
        case "lora": [0, 1, 2, 4, 8, 16, 32]
        case "bottleneck": [0, 4, 8, 16, 32, 64]
        default: [0, 1]
        }
    }

    private static func largestSize(of place: Parameter.Place) -> Int {
        switch place.component {
        case "lora": 1024
        case "bottleneck": 4096
        default: 1
        }
    }

    /// Sizes as ascending levels that begin with 0.
    private static func sizes(
        _ domain: ParameterDomain, of place: Parameter.Place, key: String
    ) throws(InputError) -> ParameterDomain {
        let largest = largestSize(of: place)
        var sizes: [Int]?
        if case .integer(let lower, let upper, .log2) = domain, lower >= 1, upper <= largest {
            sizes = Array(sequence(first: 1) { $0 * 2 }.prefix { $0 <= upper }.drop { $0 < lower })
        } else {
            let values = domain.values(upTo: largest + 1)?.map(\.integer)
            sizes = values.flatMap { $0.contains(nil) ? nil : $0.compactMap { $0 } }
        }
        guard let sizes, sizes.allSatisfy((0...largest).contains) else {
            throw InputError(
                "space", key: key,
                reason: "expected whole numbers from 0 to \(largest), found \(domain.json.canonicalText)",
                suggestion: "\(key): {levels: [0, 1]}")
        }
        return .levels(Set(sizes + [0]).sorted().map(JSON.integer))
    }

    private static func check(
        _ domain: ParameterDomain, for setting: NativeSetting
    ) throws(InputError) {
        let extremes: [JSON]
        switch domain {
        case .integer(let lower, let upper, _): extremes = [.integer(lower), .integer(upper)]
        case .real(let lower, let upper, _):
            // Between two whole numbers lie others.
            if case .integer = setting.kind {
                extremes = [.null]
            } else {
                extremes = [.number(lower), .number(upper)]
            }
        case .choice(let values), .levels(let values): extremes = values
        }
        guard extremes.allSatisfy(setting.accepts) else {
            throw InputError(
                "space", key: setting.name,
                reason: "expected \(setting.permitted), found \(domain.json.canonicalText)")
        }
    }
}
