import Experiments
import LinearAlgebra

/// A SHiRA of PEFT (Bhardwaj et al. 2024, arXiv 2406.13175): numbers that are
/// added to some entries of a weight, as many as a LoRA of the rank has.
struct PEFTSHiRA: PEFTMapMethod {
    static let tensors: Set<String> = ["shira_weight", "shira_indices"]
    static let vectors: Set<String> = ["shira_weight"]
    static let inert = ["mask_type", "random_seed", "init_weights"]

    private let rank: Int

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        rank = try reader.integer("r", in: 1...65_536, default: 32)
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        let count = rank * (map.weight.rows + map.weight.columns)
        let values = try update.vector("shira_weight", count)
        let indices = try update.matrix("shira_indices", 2, count)
        for entry in 0..<count {
            guard let row = Int(exactly: indices[0, entry]), (0..<map.weight.rows).contains(row),
                let column = Int(exactly: indices[1, entry]), (0..<map.weight.columns).contains(column)
            else { throw update.error("shira_indices has an entry that is not in the weight") }
            map.weight[row, column] += values[0, entry]
        }
    }
}
