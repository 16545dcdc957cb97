import Experiments
import Search

/// The `space` part of a study file: a preset, a preset with other ranges, or
/// explicit parameters.
enum SpaceFile {
    static func space(_ file: StudyFile, shape: ModelShape?) throws(InputError) -> SearchSpace {
        if let preset = file.space.string {
            return try native(preset, [:], file, shape)
        }
        var reader = try JSONObjectReader(file.space, subject: file.path, path: "space")
        if let parameters = try reader.object("parameters") {
            try reader.finish()
            guard file.command != nil else {
                throw reader.error(
                    "parameters", "explicit parameters need a command engine; the native engine has presets",
                    try: "space: hybrid")
            }
            return SearchSpace(meaning: .literal, parameters: try explicit(parameters))
        }
        let preset = try reader.string("preset", default: "hybrid")
        var overrides: [String: ParameterDomain] = [:]
        for key in reader.keys where key != "preset" {
            guard var domain = try reader.object(key) else { throw reader.error(key, "is empty") }
            overrides[key] = try ParameterDomain(reading: &domain)
            try domain.finish()
        }
        return try native(preset, overrides, file, shape)
    }

    private static func native(
        _ preset: String, _ overrides: [String: ParameterDomain], _ file: StudyFile, _ shape: ModelShape?
    ) throws(InputError) -> SearchSpace {
        guard file.command == nil, let shape else {
            throw InputError(
                file.path, key: "space", reason: "a command engine needs explicit parameters, not a preset",
                suggestion: "space: {parameters: {lr: {float: [1e-5, 1e-2], scale: log}}}")
        }
        do {
            return try HybridSpace.preset(
                name: preset, shape: shape,
                overrides: HybridSpace.overrides(overrides, for: file.task?.kind))
        } catch {
            let key = error.key.map { $0 == preset ? "space" : "space.\($0)" } ?? "space"
            throw InputError(file.path, key: key, reason: error.reason, suggestion: error.suggestion)
        }
    }

    private static func explicit(_ reader: JSONObjectReader) throws(InputError) -> [Parameter] {
        var reader = reader
        var parameters: [Parameter] = []
        for name in reader.keys {
            guard var members = try reader.object(name) else { throw reader.error(name, "is empty") }
            guard Measurement.isName(name) else {
                throw reader.error(name, "expected a name of letters, digits, _, ., / and -")
            }
            let domain = try ParameterDomain(reading: &members)
            let condition = try condition(&members)
            try members.finish()
            parameters.append(Parameter(name: name, domain: domain, condition: condition))
        }
        guard !parameters.isEmpty else { throw reader.error("", "a space needs at least one parameter") }
        try checkConditions(parameters, reader)
        return parameters
    }

    private static func condition(
        _ reader: inout JSONObjectReader
    ) throws(InputError) -> Parameter.Condition? {
        guard var when = try reader.object("when") else { return nil }
        var values: [String: [JSON]] = [:]
        for key in when.keys {
            guard let value = when.optional(key) else { continue }
            values[key] = value.array ?? [value]
        }
        return .values(values)
    }

    /// A condition names another parameter and values it can have, and no
    /// parameter depends on itself.
    private static func checkConditions(_ parameters: [Parameter], _ reader: JSONObjectReader)
        throws(InputError)
    {
        let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
        for parameter in parameters {
            guard case .values(let values) = parameter.condition else { continue }
            for (name, wanted) in values.sorted(by: { $0.key < $1.key }) {
                guard let other = byName[name], name != parameter.name else {
                    throw reader.error(
                        "\(parameter.name).when.\(name)", "is not another parameter of the space",
                        try: InputError.nearest(
                            to: name, in: byName.keys.filter { $0 != parameter.name }.sorted()))
                }
                for value in wanted where other.domain.canonical(value) == nil {
                    throw reader.error(
                        "\(parameter.name).when.\(name)",
                        "\(JSONObjectReader.name(of: value)) is not among the values of \(name)")
                }
            }
        }
        for parameter in parameters where dependsOnItself(parameter, byName) {
            throw reader.error("\(parameter.name).when", "depends on itself")
        }
    }

    private static func dependsOnItself(_ start: Parameter, _ byName: [String: Parameter]) -> Bool {
        var seen: Set<String> = []
        var open = [start.name]
        while let name = open.popLast() {
            guard case .values(let values)? = byName[name]?.condition else { continue }
            for next in values.keys {
                if next == start.name { return true }
                if seen.insert(next).inserted { open.append(next) }
            }
        }
        return false
    }
}
