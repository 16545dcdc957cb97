import Experiments
import LinearAlgebra

/// A handed-over model in the pieces of this program: plain weights, and what
/// cannot be folded into them.
struct ModelParts {
    /// The folder whose `config.json` gives family and sizes.
    let folder: ModelFolder
    /// Encoder, pooler and classifier, by our names.
    var tensors: [String: Matrix]
    /// With the tensors that they train.
    var components: [Component] = []
    var attached: [String: Matrix] = [:]
    var hasPooler = true
    /// What its head reads; all rows it reads without a pooler.
    var readRows: ReadRows

    var family: ModelFamily { folder.configuration.family.reading(readRows) }
    var shape: ModelShape { folder.configuration.shape }

    /// Encoder and, where they are there, pooler and classifier of a folder of
    /// transformers.
    init(of folder: ModelFolder, reading rows: ReadRows) throws(InputError) {
        self.folder = folder
        readRows = rows
        tensors = try BaseModel(folder: folder).weights.mapValues(\.matrix)
        for kind in ["weight", "bias"] {
            let name = "\(family.head.classifier).\(kind)"
            guard let shape = folder.shape(of: name), (1...2).contains(shape.count) else { continue }
            tensors[name] = Matrix(
                rows: shape.count == 2 ? shape[0] : 1, columns: shape[shape.count - 1],
                values: try folder.tensor(name, shape: shape))
        }
    }

    /// What a tensor of this name must be like, (rows, columns), or nil where
    /// the model has none; a classifier's rows are open.
    func size(of name: String) -> (rows: Int?, columns: Int?)? {
        if name == "\(family.head.classifier).weight" { return (nil, shape.hidden) }
        if name == "\(family.head.classifier).bias" { return (1, nil) }
        let known = family.tensors(of: shape) + family.poolerTensors(of: shape)
        return known.first { $0.name == name }.map { ($0.rows, $0.columns) }
    }

    /// The network, for evaluation.
    /// - Parameter path: of the export, for the errors.
    func network(path: String) throws(InputError) -> Transformer {
        let head = family.head
        var trained = attached
        for kind in ["weight", "bias"] {
            guard let value = tensors["\(head.classifier).\(kind)"] else {
                throw InputError(
                    path, key: "\(head.classifier).\(kind)", reason: "there is no trained classifier",
                    suggestion: "a folder of a model that was trained to classify")
            }
            trained["\(head.classifier).\(kind)"] = value
        }
        let hasPoolerTensors = ["weight", "bias"].allSatisfy { tensors["\(head.pooler).\($0)"] != nil }
        let hasPooler = hasPooler && readRows == .first
        guard !hasPooler || hasPoolerTensors else {
            throw InputError(
                path, key: head.pooler, reason: "there is no such layer, and Python would draw a random one")
        }
        let classes = trained["\(head.classifier).weight"]?.rows ?? 0
        guard classes >= 1 else {
            throw InputError(path, key: head.classifier, reason: "has no outputs")
        }
        let network = try Transformer.attach(
            Configuration(
                components: components, head: HeadSettings(pooler: hasPooler ? .frozen : .absent, dropout: 0)),
            to: base, classes: classes, reading: readRows, seed: 0)
        let refused = network.setTrained(trained)
        guard refused.isEmpty, trained.count == network.trainable.count else {
            let missing = network.trainable.map(\.name).first { trained[$0] == nil }
            throw InputError(
                path, key: refused.first ?? missing, reason: "is missing or has the shape of another model")
        }
        return network
    }

    private var base: BaseModel {
        BaseModel(
            family: family, shape: shape, layerNormEpsilon: folder.configuration.layerNormEpsilon,
            paddingID: folder.configuration.paddingID, tensors: tensors)
    }
}
