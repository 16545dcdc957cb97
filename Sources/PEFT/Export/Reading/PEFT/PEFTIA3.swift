import Experiments
import LinearAlgebra

/// (IA)3 of PEFT: factors of a map's input, or of its output with the bias.
struct PEFTIA3: PEFTMapMethod {
    static let tensors: Set<String> = ["ia3_l"]
    static let inert = ["init_ia3_weights"]

    /// The modules whose input is scaled, not their output.
    private let inputs: PEFTModuleNames?

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        inputs = try PEFTModuleNames("feedforward_modules", &reader)
    }

    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError) {
        if inputs?.contains(update.module) == true {
            map.weight = map.weight.timesEachRow(try update.matrix("ia3_l", 1, map.weight.columns))
        } else {
            let factors = Matrix(row: try update.matrix("ia3_l", map.weight.rows, 1).values)
            map.weight = map.weight.timesEachColumn(factors)
            map.bias = map.bias.times(factors)
        }
    }
}
