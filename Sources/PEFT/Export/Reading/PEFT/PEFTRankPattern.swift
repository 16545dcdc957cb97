import Experiments

/// Numbers for modules by regular expressions: `rank_pattern` and
/// `alpha_pattern` of PEFT.
struct PEFTRankPattern {
    private let path: String
    private let key: String
    private let values: [String: Double]

    /// Ranks, which are whole.
    init(ranks reader: inout JSONObjectReader) throws(InputError) {
        try self.init("rank_pattern", &reader) { members, name throws(InputError) in
            Double(try members.integer(name, in: 1...65_536))
        }
    }

    init(alphas reader: inout JSONObjectReader) throws(InputError) {
        try self.init("alpha_pattern", &reader) { members, name throws(InputError) in
            try members.number(name, in: 0...1e9)
        }
    }

    private init(
        _ key: String, _ reader: inout JSONObjectReader,
        _ read: (inout JSONObjectReader, String) throws(InputError) -> Double
    ) throws(InputError) {
        self.key = key
        path = reader.subject
        var values: [String: Double] = [:]
        if var members = try reader.object(key) {
            for name in members.keys { values[name] = try read(&members, name) }
        }
        self.values = values
    }

    /// Refuses a key that matches none of the modules, which PEFT would ignore
    /// with a warning.
    func check(updated modules: Set<String>) throws(InputError) {
        for name in values.keys.sorted() {
            let rule = try rule(name)
            guard modules.contains(where: rule.matches) else {
                throw InputError(
                    path, key: key, reason: "\(name.prefix(80)) matches no module with an update")
            }
        }
    }

    private func rule(_ pattern: String) throws(InputError) -> ModulePattern {
        try ModulePattern(PEFTPattern.rule(pattern), path: path, key: key)
    }

    /// Nil where no key matches the module.
    ///
    /// PEFT takes the first key in the order of the file, which a JSON object
    /// does not have: several must agree.
    func value(of module: String) throws(InputError) -> Double? {
        var found: Set<Double> = []
        for (pattern, value) in values {
            if try rule(pattern).matches(module) { found.insert(value) }
        }
        guard found.count <= 1 else {
            throw InputError(path, key: key, reason: "two keys match \(module) and say different things")
        }
        return found.first
    }
}

extension JSONObjectReader {
    /// Reads past settings.
    mutating func skip(_ keys: [String]) { for key in keys { _ = optional(key) } }

    /// PEFT's `bias`, which says what was trained; the trained ones are in the
    /// file.
    /// - Parameter method: the name before `_only`.
    mutating func peftBias(_ method: String) throws(InputError) {
        let bias = try string("bias", default: "none")
        guard ["none", "all", "\(method)_only"].contains(bias) else {
            throw error("bias", "expected none, all or \(method)_only, found \(bias.prefix(40))")
        }
    }
}
