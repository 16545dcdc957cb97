import Experiments

/// Numbers for modules by regular expressions: `rank_pattern` and
/// `alpha_pattern` of PEFT.
struct PEFTRankPattern {
    private let path: String
    private let key: String
    private let values: [String: Double]

    init(_ key: String, in range: ClosedRange<Double>, _ reader: inout JSONObjectReader) throws(InputError) {
        self.key = key
        path = reader.subject
        var values: [String: Double] = [:]
        if var members = try reader.object(key) {
            for name in members.keys { values[name] = try members.number(name, in: range) }
        }
        self.values = values
    }

    /// Nil where no key matches the module.
    ///
    /// PEFT takes the first key in the order of the file, which a JSON object
    /// does not have: several must agree.
    func value(of module: String) throws(InputError) -> Double? {
        var found: Set<Double> = []
        for (pattern, value) in values {
            let rule = try ModulePattern(PEFTPattern.rule(pattern), path: path, key: key)
            if rule.matches(module) { found.insert(value) }
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
