import Experiments

/// Ranks and scales of a LoRA of PEFT.
struct PEFTLoRASettings {
    let usesMagnitude: Bool
    private let path: String
    private let rank: Double
    private let alpha: Double
    private let usesSquareRoot: Bool
    private let ranks: [String: Double]
    private let alphas: [String: Double]

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        path = reader.subject
        rank = Double(try reader.integer("r", in: 1...65_536, default: 8))
        alpha = try reader.number("lora_alpha", in: 0...1e9, default: 8)
        usesSquareRoot = try reader.bool("use_rslora", default: false)
        usesMagnitude = try reader.bool("use_dora", default: false)
        ranks = try Self.pattern("rank_pattern", in: 1...65_536, &reader)
        alphas = try Self.pattern("alpha_pattern", in: 0...1e9, &reader)
        let bias = try reader.string("bias", default: "none")
        guard ["none", "all", "lora_only"].contains(bias) else {
            throw reader.error("bias", "expected none, all or lora_only, found \(bias.prefix(40))")
        }
        let start = reader.optional("init_lora_weights") ?? true
        guard start.bool != nil || start == "gaussian" else {
            throw reader.error(
                "init_lora_weights",
                "\(start.canonicalText.prefix(40)) changes the base model when it is loaded",
                try: "path_initial_model_for_weight_conversion when the adapter is saved")
        }
    }

    private static func pattern(
        _ key: String, in range: ClosedRange<Double>, _ reader: inout JSONObjectReader
    ) throws(InputError) -> [String: Double] {
        guard var members = try reader.object(key) else { return [:] }
        var values: [String: Double] = [:]
        for name in members.keys { values[name] = try members.number(name, in: range) }
        return values
    }

    /// Of a module's update.
    func rank(of module: String) throws(InputError) -> Int {
        Int(try value(in: ranks, "rank_pattern", of: module) ?? rank)
    }

    /// What B·A of a module is multiplied by.
    func scale(of module: String) throws(InputError) -> Double {
        let alpha = try value(in: alphas, "alpha_pattern", of: module) ?? alpha
        let rank = Double(try rank(of: module))
        return alpha / (usesSquareRoot ? rank.squareRoot() : rank)
    }

    /// PEFT takes the first key in the order of the file, which a JSON object
    /// does not have: several must agree.
    private func value(
        in pattern: [String: Double], _ name: String, of module: String
    ) throws(InputError) -> Double? {
        var found: Set<Double> = []
        for (key, value) in pattern {
            let rule = try ModulePattern(PEFTPattern.rule(key), path: path, key: name)
            if rule.matches(module) { found.insert(value) }
        }
        guard found.count <= 1 else {
            throw InputError(path, key: name, reason: "two keys match \(module) and say different things")
        }
        return found.first
    }
}
