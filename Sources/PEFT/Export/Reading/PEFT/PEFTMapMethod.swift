import Experiments
import LinearAlgebra

/// How a kind of adapter of Hugging Face PEFT (0.21) changes the linear maps
/// that it names.
protocol PEFTMapMethod: Sendable {
    /// What stands behind a module's name in the names of its tensors.
    static var tensors: Set<String> { get }
    /// Those of them that have one dimension, or two of which one is 1.
    static var vectors: Set<String> { get }
    /// The names of tensors that all modules share.
    static var sharedTensors: Set<String> { get }
    /// Settings without an effect on a trained adapter's outputs.
    static var inert: [String] { get }

    /// Reads the settings of an `adapter_config.json` that have one.
    init(_ reader: inout JSONObjectReader) throws(InputError)
    /// Folds the update of a module into its map.
    func fold(_ update: PEFTUpdate, into map: inout PlainMap) throws(InputError)
    /// Refuses settings that speak of modules without an update, where PEFT
    /// would not load them.
    func check(updated modules: Set<String>) throws(InputError)
}

extension PEFTMapMethod {
    static var vectors: Set<String> { [] }
    static var sharedTensors: Set<String> { [] }
    func check(updated modules: Set<String>) throws(InputError) {}
}

/// A linear map as it is without anything attached.
struct PlainMap {
    /// (out, in).
    var weight: Matrix
    /// (1, out).
    var bias: Matrix
}

/// The tensors of an adapter for one module.
struct PEFTUpdate {
    let module: String
    /// Of the tensors' file, for the errors.
    let path: String
    /// By what stands behind the module's name, up to a dot: `lora_A`. A vector
    /// is one row.
    let tensors: [String: Matrix]
    /// By their names.
    let shared: [String: Matrix]

    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(InputError) -> Matrix {
        guard let matrix = tensors[name] else { throw error("there is no \(name)") }
        guard matrix.rows == rows, matrix.columns == columns else {
            throw error(
                "expected \(name) of (\(rows), \(columns)), found (\(matrix.rows), \(matrix.columns))")
        }
        return matrix
    }

    /// One row, whichever way it lies in the file.
    func vector(_ name: String, _ count: Int) throws(InputError) -> Matrix {
        guard let matrix = tensors[name] else { throw error("there is no \(name)") }
        guard min(matrix.rows, matrix.columns) == 1, matrix.count == count else {
            throw error("expected \(count) numbers of \(name), found \(matrix.rows) by \(matrix.columns)")
        }
        return Matrix(row: matrix.values)
    }

    func error(_ reason: String) -> InputError { InputError(path, key: module, reason: reason) }
}
