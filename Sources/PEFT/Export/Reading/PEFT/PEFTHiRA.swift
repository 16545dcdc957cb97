import Experiments
import LinearAlgebra

/// A HiRA of PEFT, `W + W ⊙ (B·A)` (Huang et al., ICLR 2025).
struct PEFTHiRA: PEFTMapMethod {
    static let tensors: Set<String> = ["hira_A", "hira_B"]
    static let inert = ["hira_dropout"]

    private let rank: Int
    private let ranks: PEFTRankPattern

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        rank = try reader.integer("r", in: 1...65_536, default: 32)
        ranks = try PEFTRankPattern(ranks: &reader)
        let start = reader.optional("init_weights") ?? true
        guard start.bool != nil || start == "gaussian" else {
            throw reader.error("init_weights", "\(start.canonicalText.prefix(40)) is not read")
        }
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        // PEFT 0.21 does not look at its own pattern, a later one may; so keys that match nothing say nothing.
        let patterned = try ranks.value(of: update.module).map { Int($0) }
        let isPatterned = patterned == update.tensors["hira_A"]?.rows
        let rank = isPatterned ? patterned ?? rank : rank
        let down = try update.matrix("hira_A", rank, map.weight.columns)
        let up = try update.matrix("hira_B", map.weight.rows, rank)
        map.weight.add(map.weight.times(.product(up, down)))
    }
}
