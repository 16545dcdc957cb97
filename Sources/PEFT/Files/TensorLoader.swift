import Experiments
import LinearAlgebra

/// Takes matrices out of a model folder.
struct TensorLoader {
    let folder: ModelFolder
    /// Whether float32 tensors stay in their file, mapped (see `MappedFile` for
    /// the danger). Other element types, and tensors at odd addresses, are
    /// converted into memory of this process in any case.
    let mapsFiles: Bool
    /// By the file's path.
    private var maps: [String: MappedFile] = [:]

    init(folder: ModelFolder, mapsFiles: Bool) {
        self.folder = folder
        self.mapsFiles = mapsFiles
    }

    /// The maps that matrices refer to, in the order of their paths.
    var mappedFiles: [MappedFile] { maps.sorted { $0.key < $1.key }.map(\.value) }

    /// - Throws: naming a tensor that is missing, has another shape or holds no
    ///   numbers.
    mutating func matrix(_ tensor: NamedTensor) throws(InputError) -> Matrix {
        let (file, name) = try locate(tensor)
        if let matrix = try mapped(name, tensor, file) { return matrix }
        return Matrix(rows: tensor.rows, columns: tensor.columns, values: try file.floats(name))
    }

    /// What `matrix` does, but for the values.
    func check(_ tensor: NamedTensor) throws(InputError) {
        let (file, name) = try locate(tensor)
        _ = try file.numbers(name)
    }

    private func locate(_ tensor: NamedTensor) throws(InputError) -> (file: SafetensorsFile, name: String) {
        let isVector = !TensorNames.isMatrix(tensor.name)
        return try folder.location(
            of: tensor.name, shape: isVector ? [tensor.columns] : [tensor.rows, tensor.columns])
    }

    private mutating func mapped(
        _ name: String, _ tensor: NamedTensor, _ file: SafetensorsFile
    ) throws(InputError) -> Matrix? {
        let info = try file.numbers(name).info
        guard mapsFiles, info.dtype == .float32,
            // A file system that maps nothing still reads.
            let map = maps[file.path] ?? MappedFile(path: file.path, size: file.size),
            let matrix = map.matrix(rows: tensor.rows, columns: tensor.columns, at: info.byteRange.lowerBound)
        else { return nil }
        maps[file.path] = map
        return matrix
    }
}
