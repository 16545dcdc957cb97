public import Experiments
import LinearAlgebra

extension BaseModel {
    /// Loads the encoder of a Hugging Face folder; the pooler too if it is
    /// there. A classifier in it is left alone: every task gets a fresh one.
    ///
    /// - Throws: naming the tensor that is missing or has another shape.
    public init(folder: ModelFolder) throws(InputError) {
        let configuration = folder.configuration
        let shape = configuration.shape
        var tensors: [String: Matrix] = [:]
        for tensor in BERTNames.tensors(of: shape) {
            tensors[tensor.name] = try Self.load(tensor, from: folder)
        }
        for tensor in BERTNames.poolerTensors(of: shape) where folder.hasTensor(tensor.name) {
            tensors[tensor.name] = try Self.load(tensor, from: folder)
        }
        self.init(
            shape: shape, layerNormEpsilon: configuration.layerNormEpsilon,
            paddingID: configuration.paddingID, tensors: tensors)
    }

    private static func load(
        _ tensor: (name: String, rows: Int, columns: Int), from folder: ModelFolder
    ) throws(InputError) -> Matrix {
        let isVector = !BERTNames.isMatrix(tensor.name)
        let values = try folder.tensor(
            tensor.name, shape: isVector ? [tensor.columns] : [tensor.rows, tensor.columns])
        return Matrix(rows: tensor.rows, columns: tensor.columns, values: values)
    }
}

extension BERTConfiguration {
    public var shape: ModelShape {
        ModelShape(
            vocabulary: vocabularySize, positions: maximumPositions, tokenTypes: typeVocabularySize,
            layers: layers, hidden: hiddenSize, heads: heads, feedForward: intermediateSize)
    }
}
