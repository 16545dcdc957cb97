import Experiments

extension HybridSpace {
    /// By method, then as the method has them.
    static func places(of preset: SpacePreset, shape: ModelShape) -> [SizedPlace] {
        preset.types.flatMap { method in
            method.places(in: shape).filter { !preset.leftOut.contains($0.part) }
                .map { SizedPlace(method: method, place: $0) }
        }
    }

    /// Nil for a place that neither the preset nor the study searches.
    static func parameter(
        sizing sized: SizedPlace, _ preset: SpacePreset, _ overrides: [String: ParameterDomain]
    ) throws(InputError) -> Parameter? {
        let searched = preset.sizes(at: sized)
        var domain = searched.map { ParameterDomain.levels($0.map(JSON.integer)) }
        for key in [sized.groupName, sized.parameterName] {
            if let override = overrides[key] { domain = try sizes(override, of: sized, key: key) }
        }
        return domain.map { Parameter(name: sized.parameterName, domain: $0, place: sized.place) }
    }

    static func parameter(
        for setting: NativeSetting, _ preset: SpacePreset, _ overrides: [String: ParameterDomain]
    ) throws(InputError) -> Parameter? {
        if let override = overrides[setting.name] { try check(override, for: setting) }
        let searched = preset.settings[setting.name] ?? setting.domain
        guard let domain = overrides[setting.name] ?? searched else { return nil }
        // What a study asks for does not depend on what the preset thinks of it.
        let condition = overrides[setting.name] == nil ? preset.conditions[setting.name] : nil
        return Parameter(
            name: setting.name, domain: domain,
            condition: condition.map(Parameter.Condition.values)
                ?? setting.component.map(Parameter.Condition.component))
    }

    static func refuseUnknown(
        _ overrides: [String: ParameterDomain], places: [SizedPlace], settings: [NativeSetting]
    ) throws(InputError) {
        let known = settings.map(\.name) + places.flatMap { [$0.groupName, $0.parameterName] }
        let names = Set(known)
        guard let unknown = overrides.keys.filter({ !names.contains($0) }).min() else { return }
        throw InputError(
            "space", key: unknown, reason: "is neither a parameter nor a group of parameters of this space",
            suggestion: InputError.nearest(to: unknown, in: known))
    }

    /// Sizes as ascending levels that begin with 0.
    private static func sizes(
        _ domain: ParameterDomain, of sized: SizedPlace, key: String
    ) throws(InputError) -> ParameterDomain {
        let largest = sized.method.largestSize
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
            if case .integer = setting.range {
                extremes = [.null]
            } else {
                extremes = [.number(lower), .number(upper)]
            }
        case .choice(let values), .levels(let values): extremes = values
        }
        guard extremes.allSatisfy(setting.range.accepts) else {
            throw InputError(
                "space", key: setting.name,
                reason: "expected \(setting.range.permitted), found \(domain.json.canonicalText)")
        }
    }
}

/// A place with the method that has a size there.
struct SizedPlace {
    let method: any AdaptationMethod.Type
    let place: Parameter.Place

    var parameterName: String { method.parameterName(of: place) }
    var groupName: String { method.groupName(of: place) }
}
