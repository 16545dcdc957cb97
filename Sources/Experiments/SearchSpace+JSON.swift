extension SearchSpace {
    var json: JSON {
        [
            "meaning": meaning.json,
            "parameters": .array(parameters.map(\.json)),
        ]
    }

    init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        let meaning = try Meaning(reader.required("meaning", expected: "literal or native"), reader)
        var parameters: [Parameter] = []
        for (index, value) in (try reader.array("parameters") ?? []).enumerated() {
            let path = "\(reader.path(to: "parameters"))[\(index)]"
            parameters.append(try Parameter(JSONObjectReader(value, subject: reader.subject, path: path)))
        }
        self.init(meaning: meaning, parameters: parameters)
        try reader.finish()
    }
}

extension SearchSpace.Meaning {
    fileprivate var json: JSON {
        switch self {
        case .literal: "literal"
        case .native(let preset): ["native": .string(preset)]
        }
    }

    fileprivate init(_ json: JSON, _ reader: JSONObjectReader) throws(InputError) {
        if json == "literal" {
            self = .literal
        } else if let preset = json["native"]?.string {
            self = .native(preset: preset)
        } else {
            throw reader.error("meaning", "expected literal or native")
        }
    }
}

extension Parameter {
    fileprivate var json: JSON {
        var members: [String: JSON] = ["name": .string(name), "domain": domain.json]
        switch condition {
        case nil: break
        case .values(let values): members["when"] = .object(values.mapValues(JSON.array))
        case .component(let component): members["when_component"] = .string(component)
        }
        if let place {
            members["place"] = [
                "component": .string(place.component), "layer": JSON(place.layer),
                "part": .string(place.part),
            ]
        }
        return .object(members)
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        var condition: Condition?
        if let component = reader.optional("when_component")?.string { condition = .component(component) }
        if var when = try reader.object("when") {
            var values: [String: [JSON]] = [:]
            for key in when.keys { values[key] = try when.array(key) ?? [] }
            condition = .values(values)
        }
        var place: Place?
        if var members = try reader.object("place") {
            place = Place(
                component: try members.string("component"), layer: members.optional("layer")?.integer,
                part: try members.string("part"))
        }
        guard let domain = try reader.object("domain") else { throw reader.error("domain", "is missing") }
        self.init(
            name: try reader.string("name"), domain: try ParameterDomain(domain), condition: condition,
            place: place)
        try reader.finish()
    }
}

extension ParameterDomain {
    /// The form of the study file: `{"int": [1, 64], "scale": "log2"}`.
    public var json: JSON {
        switch self {
        case .integer(let lower, let upper, let scale):
            ["int": [.integer(lower), .integer(upper)], "scale": .string(scale.rawValue)]
        case .real(let lower, let upper, let scale):
            ["float": [.number(lower), .number(upper)], "scale": .string(scale.rawValue)]
        case .choice(let values): ["choice": .array(values)]
        case .levels(let values): ["levels": .array(values)]
        }
    }

    /// Reads the form of the study file, leaving keys that are not its own to
    /// the caller.
    public init(reading reader: inout JSONObjectReader) throws(InputError) {
        if let bounds = try reader.array("int") {
            let scale: IntegerScale = try reader.choice("scale", default: .linear)
            guard bounds.count == 2, let lower = bounds[0].integer, let upper = bounds[1].integer,
                lower <= upper,
                scale == .linear || lower >= 1, lower.magnitude < 1 << 53, upper.magnitude < 1 << 53
            else {
                throw reader.error(
                    "int", "expected [lower, upper] of whole numbers, lower <= upper, from 1 for log2")
            }
            self = .integer(lower: lower, upper: upper, scale: scale)
        } else if let bounds = try reader.array("float") {
            let scale: RealScale = try reader.choice("scale", default: .linear)
            guard bounds.count == 2, let lower = bounds[0].number, let upper = bounds[1].number,
                lower <= upper,
                scale == .linear || lower > 0, (upper - lower).isFinite
            else {
                throw reader.error(
                    "float", "expected [lower, upper] of numbers, lower <= upper, above 0 for log")
            }
            self = .real(lower: lower, upper: upper, scale: scale)
        } else if let values = try reader.array("choice") {
            self = .choice(try Self.scalars(values, "choice", reader))
        } else if let values = try reader.array("levels") {
            let numbers = values.compactMap(\.number)
            guard numbers.count == values.count, !numbers.isEmpty,
                zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
            else { throw reader.error("levels", "expected a list of ascending numbers") }
            self = .levels(values)
        } else {
            throw InputError(
                reader.subject, key: reader.path,
                reason:
                    "expected one of int: [lower, upper], float: [lower, upper], choice: [...], levels: [...]"
            )
        }
    }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        try self.init(reading: &reader)
        try reader.finish()
    }

    private static func scalars(
        _ values: [JSON], _ key: String, _ reader: JSONObjectReader
    ) throws(InputError) -> [JSON] {
        let areScalars = values.allSatisfy { $0.array == nil && $0.object == nil && $0 != .null }
        guard !values.isEmpty, areScalars, Set(values).count == values.count else {
            throw reader.error(key, "expected a list of different texts, numbers or true/false")
        }
        return values
    }
}
