import Experiments
import LinearAlgebra

/// A LoRA of PEFT, `W + s·B·A`; with a magnitude m, each row of that with the
/// length m (DoRA, Liu et al. 2024, arXiv 2402.09353).
struct PEFTLoRA: PEFTMapMethod {
    static let tensors: Set<String> = [
        "lora_A.weight", "lora_B.weight", "lora_magnitude_vector", "lora_magnitude_vector.weight",
    ]
    static let vectors: Set<String> = ["lora_magnitude_vector", "lora_magnitude_vector.weight"]
    static let inert = [
        "lora_dropout", "loftq_config", "corda_config", "eva_config", "megatron_config", "megatron_core",
        "qalora_group_size", "ensure_weight_tying",
    ]

    private let rank: Double
    private let alpha: Double
    private let usesMagnitude: Bool
    private let usesSquareRoot: Bool
    private let ranks: PEFTRankPattern
    private let alphas: PEFTRankPattern

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        rank = Double(try reader.integer("r", in: 1...65_536, default: 8))
        alpha = try reader.number("lora_alpha", in: 0...1e9, default: 8)
        usesSquareRoot = try reader.bool("use_rslora", default: false)
        usesMagnitude = try reader.bool("use_dora", default: false)
        ranks = try PEFTRankPattern(ranks: &reader)
        alphas = try PEFTRankPattern(alphas: &reader)
        try reader.peftBias("lora")
        let start = reader.optional("init_lora_weights") ?? true
        guard start.bool != nil || start == "gaussian" else {
            throw reader.error(
                "init_lora_weights",
                "\(start.canonicalText.prefix(40)) changes the base model when it is loaded",
                try: "path_initial_model_for_weight_conversion when the adapter is saved")
        }
    }

    func check(updated modules: Set<String>) throws(InputError) {
        try ranks.check(updated: modules)
        try alphas.check(updated: modules)
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        let rank = try ranks.value(of: update.module) ?? rank
        let alpha = try alphas.value(of: update.module) ?? alpha
        let down = try update.matrix("lora_A", Int(rank), map.weight.columns)
        let up = try update.matrix("lora_B", map.weight.rows, Int(rank))
        let scale = alpha / (usesSquareRoot ? rank.squareRoot() : rank)
        map.weight.add(.product(up, down, scale: Float(scale)))
        guard usesMagnitude == (update.tensors["lora_magnitude_vector"] != nil) else {
            throw update.error("has a magnitude and use_dora is false, or the reverse")
        }
        guard usesMagnitude else { return }
        let magnitude = try update.vector("lora_magnitude_vector", map.weight.rows)
        map.weight = map.weight.timesEachColumn(magnitude.map(with: map.weight.rowLengths()) { $0 / $1 })
    }
}
