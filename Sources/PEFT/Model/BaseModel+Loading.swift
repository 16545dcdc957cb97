public import Experiments
import LinearAlgebra

extension BaseModel {
    /// Loads the encoder of a Hugging Face folder; the layer under the
    /// classifier too if it is there. A classifier in it is left alone: every task gets a fresh one.
    ///
    /// The values are not looked at: one that is not finite shows as a loss
    /// that is not, once it is used.
    ///
    /// - Parameter mapsFiles: whether float32 tensors stay in their file, which
    ///   processes then share; whoever makes that file shorter later ends this
    ///   process by a signal, so this is for processes that may die.
    /// - Throws: naming the tensor that is missing or has another shape.
    public init(folder: ModelFolder, mapsFiles: Bool = false) throws(InputError) {
        let configuration = folder.configuration
        var loader = TensorLoader(folder: folder, mapsFiles: mapsFiles)
        var tensors: [String: Matrix] = [:]
        for tensor in Self.tensors(in: folder) { tensors[tensor.name] = try loader.matrix(tensor) }
        self.init(
            family: configuration.family, shape: configuration.shape,
            layerNormEpsilon: configuration.layerNormEpsilon,
            paddingID: configuration.paddingID, tensors: tensors, maps: loader.mappedFiles)
    }

    /// Checks all of a folder that loading it would, without reading the values:
    /// names, shapes and element types.
    ///
    /// - Throws: what `init(folder:)` throws.
    public static func check(folder: ModelFolder) throws(InputError) {
        let loader = TensorLoader(folder: folder, mapsFiles: false)
        for tensor in tensors(in: folder) { try loader.check(tensor) }
    }

    private static func tensors(in folder: ModelFolder) -> [NamedTensor] {
        let (family, shape) = (folder.configuration.family, folder.configuration.shape)
        return family.tensors(of: shape)
            + family.poolerTensors(of: shape).filter { folder.hasTensor($0.name) }
    }
}
