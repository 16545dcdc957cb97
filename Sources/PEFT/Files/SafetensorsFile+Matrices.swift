package import Experiments
package import LinearAlgebra

extension SafetensorsFile {
    /// All tensors by name; vectors, and scalars, as one row.
    /// - Throws: when one holds no numbers of a model or has more than two
    ///   dimensions.
    package func matrices() throws(InputError) -> [String: Matrix] {
        var matrices: [String: Matrix] = [:]
        for name in names {
            let shape = self[name]?.shape ?? []
            guard shape.count <= 2 else {
                throw InputError(path, key: name, reason: "expected a matrix, a vector or a number")
            }
            matrices[name] = Matrix(
                rows: shape.count > 1 ? shape[0] : 1, columns: shape.last ?? 1, values: try floats(name))
        }
        return matrices
    }
}
