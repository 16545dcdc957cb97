public import Experiments

/// The spaces of native configurations: a size per layer and place for every
/// kind of component, 0 being absent, and the settings that go with them.
///
/// The presets differ in their methods (`SpacePreset`). An assignment of such a
/// space and the configuration that it means are two spellings of the
/// same thing; both directions are pure.
public enum HybridSpace {
    /// The names of the presets.
    public static var presetNames: [String] { SpacePreset.all.map(\.name) }

    /// A preset for a model.
    ///
    /// An override replaces the domain of the parameter that it names, or of a
    /// group: `lora.rank`, `parallel_ffn.width`, `bias.blocks`. A single
    /// parameter's override wins over its group's. Settings that the preset
    /// leaves at their default (`training.batch_size`, `head.dropout`) and
    /// places that it leaves empty (`ia3.query`) become parameters when they are
    /// named.
    /// - Throws: an unknown preset or name, with the nearest known one, a
    ///   domain with impossible values, or a method that no proposal can have.
    public static func preset(
        name: String, shape: ModelShape, overrides: [String: ParameterDomain] = [:]
    ) throws(InputError) -> SearchSpace {
        guard let preset = SpacePreset.all.first(where: { $0.name == name }) else {
            throw InputError(
                "space", key: name,
                reason: "is not a preset; known are \(presetNames.joined(separator: ", "))",
                suggestion: InputError.nearest(to: name, in: presetNames))
        }
        let places = places(of: preset, shape: shape)
        let settings = NativeSetting.all.filter { $0.component.map(preset.methods.contains) ?? true }
        try refuseUnknown(overrides, places: places, settings: settings)
        var parameters: [Parameter] = []
        for place in places {
            if let parameter = try parameter(sizing: place, preset, overrides) {
                parameters.append(parameter)
            }
        }
        for setting in settings {
            if let parameter = try parameter(for: setting, preset, overrides) { parameters.append(parameter) }
        }
        let space = SearchSpace(meaning: .native(preset: name), parameters: parameters)
        try refuseContradictions(in: space, shape: shape, overrides: overrides)
        return space
    }

    /// The configuration that an assignment means.
    /// - Throws: an unknown name, a value outside its domain or no value.
    public static func configuration(
        from assignment: Assignment, in space: SearchSpace
    ) throws(InputError) -> Configuration {
        try configuration(ofCanonical: space.canonical(assignment), in: space)
    }

    /// The canonical assignment that means the configuration, or nil when the
    /// space does not contain it.
    public static func assignment(of configuration: Configuration, in space: SearchSpace) -> Assignment? {
        guard let settings = NativeSettings(configuration) else { return nil }
        var assignment: Assignment = [:]
        for parameter in space.parameters {
            if let place = parameter.place {
                assignment[parameter.name] = settings.sizes[place].map(JSON.integer)
            } else {
                assignment[parameter.name] = NativeSetting.named(parameter.name)?.read(settings)
            }
        }
        for parameter in space.parameters
        where parameter.condition != nil && !space.isActive(parameter, in: assignment) {
            assignment[parameter.name] = nil
        }
        guard let canonical = try? space.canonical(assignment),
            (try? Self.configuration(ofCanonical: canonical, in: space)) == configuration
        else { return nil }
        return canonical
    }

    static func configuration(
        ofCanonical assignment: Assignment, in space: SearchSpace
    ) throws(InputError) -> Configuration {
        var settings = NativeSettings()
        for parameter in space.parameters {
            guard let value = assignment[parameter.name] else { continue }
            let isWritten: Bool
            if let place = parameter.place {
                settings.sizes[place] = value.integer
                isWritten = value.integer != nil
            } else {
                isWritten = NativeSetting.named(parameter.name)?.write(value, &settings) ?? false
            }
            guard isWritten else {
                throw InputError(
                    "space", key: parameter.name, reason: "has no meaning in the native space",
                    suggestion: InputError.nearest(to: parameter.name, in: NativeSetting.all.map(\.name)))
            }
        }
        return settings.configuration
    }
}
