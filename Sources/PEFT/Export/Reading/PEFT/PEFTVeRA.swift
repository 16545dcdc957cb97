import Experiments
import LinearAlgebra

/// A VeRA of PEFT, `W + diag(b)·B·diag(d)·A` (Kopiczko et al. 2023,
/// arXiv 2310.11454): of the shared A the first columns, of B the first rows.
struct PEFTVeRA: PEFTMapMethod {
    static let tensors: Set<String> = ["vera_lambda_b", "vera_lambda_d"]
    static let sharedTensors: Set<String> = ["vera_A", "vera_B"]
    static let vectors = tensors
    static let inert = [
        "vera_dropout", "d_initial", "init_weights", "projection_prng_key", "save_projection",
    ]

    private let path: String
    private let rank: Int

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        path = reader.subject
        rank = try reader.integer("r", in: 1...65_536, default: 256)
        try reader.peftBias("vera")
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        guard let down = update.shared["vera_A"], let up = update.shared["vera_B"] else {
            throw InputError(
                path, key: "save_projection",
                reason:
                    "vera_A and vera_B are not in the file, and what PyTorch would draw for them is not known",
                suggestion: "save_projection=True when the adapter is made")
        }
        guard down.rows == rank, down.columns >= map.weight.columns, up.columns == rank,
            up.rows >= map.weight.rows
        else {
            throw update.error(
                "expected vera_A of \(rank) rows and vera_B of \(rank) columns with room for the map, found "
                    + "(\(down.rows), \(down.columns)) and (\(up.rows), \(up.columns))")
        }
        let outer = try update.vector("vera_lambda_b", map.weight.rows)
        let inner = try update.vector("vera_lambda_d", rank)
        map.weight.add(
            .product(
                up.firstRows(map.weight.rows).timesEachColumn(outer).timesEachRow(inner),
                down.firstColumns(map.weight.columns)))
    }
}
