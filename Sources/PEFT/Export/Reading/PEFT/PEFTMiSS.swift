import Experiments
import LinearAlgebra

/// A MiSS of PEFT (Kang and Yin 2024, arXiv 2409.15371): the block (r, out)
/// is added to every shard of r inputs; the form `mini` repeats a narrower one.
struct PEFTMiSS: PEFTMapMethod {
    static let tensors: Set<String> = ["miss_block"]
    static let inert = ["miss_dropout"]

    private let rank: Int
    /// Columns that are repeated; nil for as many as outputs.
    private let width: Int?

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        rank = try reader.integer("r", in: 1...65_536, default: 64)
        let width = try reader.integer("mini_r", in: 1...65_536, default: 1)
        let form = reader.optional("init_weights") ?? true
        guard form.bool != nil || form == "mini" else {
            throw reader.error(
                "init_weights", "\(form.canonicalText.prefix(40)) is not read; true, false and mini are")
        }
        self.width = form == "mini" ? width : nil
        try reader.peftBias("MiSS")
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        let (rows, columns) = (map.weight.rows, map.weight.columns)
        guard rank <= columns, rows % (width ?? rows) == 0 else {
            throw update.error("shards of \(rank) and \(width ?? rows) do not fit (\(rows), \(columns))")
        }
        let block = try update.matrix("miss_block", rank, width ?? rows)
        var delta = Matrix(rows: rows, columns: columns)
        for row in 0..<rows {
            for column in 0..<columns { delta[row, column] = block[column % rank, row % block.columns] }
        }
        map.weight.add(delta)
    }
}
