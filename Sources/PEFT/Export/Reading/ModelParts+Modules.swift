/// The modules that the library transformers builds for a model, by their names
/// there.
extension ModelParts {
    /// Every tensor of the model with its head.
    var pythonTensors: [String] { ours.map(family.transformersName) }

    /// What adapters can sit on: linear maps and tables of embeddings.
    var adaptableModules: [String] {
        ours.filter(TensorNames.isMatrix).map {
            family.transformersName(of: String($0.dropLast(".weight".count)))
        }
    }

    /// Whether a tensor, by our name, is the weight of a linear map: of a block,
    /// behind the embeddings or in the head.
    func isLinearMap(_ name: String) -> Bool {
        let tables = [family.names.words, family.names.positions, family.names.types]
        return TensorNames.isMatrix(name) && !tables.contains(name) && ours.contains(name)
    }

    /// A model of words has no pooler, even where the base has one.
    private var ours: [String] {
        let pooler = readRows == .first ? family.poolerTensors(of: shape).map(\.name) : []
        let classifier = ["weight", "bias"].map { "\(family.head.classifier).\($0)" }
        return family.tensors(of: shape).map(\.name) + pooler + classifier
    }
}
