import Experiments
import LinearAlgebra

/// An AdaLoRA of PEFT, `W + s·B·diag(e)·A` (Zhang et al. 2023,
/// arXiv 2303.10512) with the ranks that were left when it was saved.
struct PEFTAdaLoRA: PEFTMapMethod {
    static let tensors: Set<String> = ["lora_A", "lora_B", "lora_E"]
    static let inert =
        PEFTLoRA.inert + [
            "r", "target_r", "tinit", "tfinal", "deltaT", "beta1", "beta2", "orth_reg_weight", "total_step",
            "init_lora_weights",
        ]

    private let path: String
    /// Of all modules, where no pattern has cut them.
    private let rank: Int
    private let scale: Double
    /// By module; nil for what was saved before ranks were given out.
    private let ranks: [String: Int]?

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        path = reader.subject
        rank = try reader.integer("init_r", in: 1...65_536, default: 12)
        let alpha = try reader.number("lora_alpha", in: 0...1e9, default: 8)
        guard alpha > 0 else {
            throw reader.error(
                "lora_alpha", "expected a number above 0; 0 makes each module's rank the scale")
        }
        // PEFT's own division, which keeps the first rank for good.
        scale = alpha / (Double(rank) + 1e-5)
        try reader.peftBias("lora")
        ranks = try Self.ranks(&reader, of: rank)
    }

    /// For each module's `lora_E` a truth value for each of the first ranks.
    private static func ranks(
        _ reader: inout JSONObjectReader, of rank: Int
    ) throws(InputError) -> [String: Int]? {
        guard let pattern = reader.optional("rank_pattern"), pattern != [:] else { return nil }
        guard let members = pattern.object else {
            throw reader.error("rank_pattern", "expected truth values by module")
        }
        var ranks: [String: Int] = [:]
        for (name, value) in members {
            let kept = value.array?.map(\.bool) ?? []
            guard name.hasSuffix(".lora_E"), kept.count == rank, !kept.contains(nil) else {
                throw reader.error(
                    "rank_pattern", "expected \(rank) truth values for a lora_E, found \(name.prefix(80))")
            }
            ranks[String(name.dropLast(".lora_E".count))] = kept.count { $0 == true }
        }
        return ranks
    }

    func check(updated modules: Set<String>) throws(InputError) {
        guard let unknown = ranks?.keys.sorted().first(where: { !modules.contains($0) }) else { return }
        throw InputError(path, key: "rank_pattern", reason: "\(unknown.prefix(80)) has no update in the file")
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        let rank = ranks?[update.module] ?? rank
        let down = try update.matrix("lora_A", rank, map.weight.columns)
        let up = try update.matrix("lora_B", map.weight.rows, rank)
        let diagonal = try update.matrix("lora_E", rank, 1)
        guard rank > 0 else { return }
        let factors = Matrix(row: diagonal.values)
        map.weight.add(.product(up.timesEachRow(factors), down, scale: Float(scale)))
    }
}
