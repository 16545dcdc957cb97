import Experiments
import LinearAlgebra

/// A network in the making: what methods take from the base and add to it.
final class Attachment {
    let configuration: Configuration
    let base: BaseModel
    private let classes: Int
    private let seed: UInt64
    private let selection: [String: Double]
    private var trainable: [Parameter] = []
    private var constants: [Parameter] = []
    private var reparameterizations: [any Reparameterization] = []
    /// How many parameters are computed.
    private var computed = 0
    /// The base as it is, for what begins as its states.
    private lazy var plain = Attachment(Configuration(), base: base, classes: 1, seed: seed)
        .build(reading: .first)

    init(_ configuration: Configuration, base: BaseModel, classes: Int, seed: UInt64) {
        self.configuration = configuration
        self.base = base
        self.classes = classes
        self.seed = seed
        let scales = TensorSelection(configuration, shape: base.shape).learningRateScales
        selection = Dictionary(uniqueKeysWithValues: scales.map { (BERTNames.tensor($0), $1) })
    }

    func build(reading readRows: ReadRows) -> Transformer {
        let embeddings = Embeddings(
            words: baseParameter(BERTNames.words), positions: baseParameter(BERTNames.positions),
            types: baseParameter(BERTNames.types), norm: norm(BERTNames.embeddingNorm),
            paddingID: base.paddingID)
        for component in configuration.components { component.attached.attach(to: embeddings, in: self) }
        var lowest = embeddings.hasTrainable ? -1 : base.shape.layers
        var blocks: [EncoderBlock] = []
        for layer in 0..<base.shape.layers {
            let before = (trainable.count, computed)
            blocks.append(block(layer))
            if (trainable.count, computed) != before { lowest = min(lowest, layer) }
        }
        let head = head()
        return Transformer(
            embeddings: embeddings, blocks: blocks, head: head, readRows: readRows, trainable: trainable,
            constants: constants, lowestTrainableBlock: lowest, reparameterizations: reparameterizations)
    }

    private func block(_ layer: Int) -> EncoderBlock {
        var maps: [Projection: AffineMap] = [:]
        for projection in Projection.allCases {
            maps[projection] = affine(BERTNames.map(projection, layer: layer))
        }
        let block = EncoderBlock(
            maps: maps, attentionNorm: norm(BERTNames.attentionNorm(layer)),
            outputNorm: norm(BERTNames.outputNorm(layer)), heads: base.shape.heads)
        for component in configuration.components {
            component.attached.attach(to: block, layer: layer, in: self)
        }
        return block
    }

    private func head() -> ClassificationHead {
        var pooler: AffineMap?
        if configuration.head.pooler != .absent {
            let isTrained = configuration.head.pooler == .trained
            let size = base.shape.hidden
            pooler = AffineMap(
                weight: headParameter("\(BERTNames.pooler).weight", size, size, isTrained: isTrained),
                bias: headParameter("\(BERTNames.pooler).bias", 1, size, isTrained: isTrained))
        }
        let name = BERTNames.classifier
        let scale = configuration.head.learningRateScale
        let classifier = AffineMap(
            weight: fresh(
                "\(name).weight", .normal(deviation: 0.02), classes, base.shape.hidden,
                learningRateScale: scale),
            bias: fresh("\(name).bias", .zero, 1, classes, learningRateScale: scale))
        return ClassificationHead(pooler: pooler, classifier: classifier, dropout: configuration.head.dropout)
    }

    private func affine(_ name: String) -> AffineMap {
        AffineMap(weight: baseParameter("\(name).weight"), bias: baseParameter("\(name).bias"))
    }

    private func norm(_ name: String) -> Normalization {
        Normalization(
            weight: baseParameter("\(name).weight"), bias: baseParameter("\(name).bias"),
            epsilon: base.layerNormEpsilon)
    }

    private func baseParameter(_ name: String) -> Parameter {
        guard let weight = base.weights[name] else {
            preconditionFailure("the base was loaded without \(name)")
        }
        guard let scale = selection[name] else { return Parameter(name, weight) }
        return trained(name, weight.matrix, decays: BERTNames.isMatrix(name), learningRateScale: scale)
    }

    /// A pooler tensor: the base's if it has one, else fresh.
    private func headParameter(_ name: String, _ rows: Int, _ columns: Int, isTrained: Bool) -> Parameter {
        let start: Initializer = rows == 1 ? .zero : .normal(deviation: 0.02)
        let value =
            base.weights[name]?.matrix ?? start.matrix(rows: rows, columns: columns, seed: seed, name: name)
        guard isTrained else { return Parameter(name, value) }
        return trained(
            name, value, decays: BERTNames.isMatrix(name),
            learningRateScale: configuration.head.learningRateScale)
    }
}

extension Attachment {
    func name(of site: Site) -> String { BERTNames.map(site.projection, layer: site.layer) }

    /// A new tensor, drawn from a stream that its name selects. Weight decay
    /// acts on matrices.
    /// - Parameter isTrained: else it stays as it was drawn.
    func fresh(
        _ name: String, _ start: Initializer, _ rows: Int, _ columns: Int, isTrained: Bool = true,
        learningRateScale: Double = 1
    ) -> Parameter {
        let value = start.matrix(rows: rows, columns: columns, seed: seed, name: name)
        guard isTrained else { return constant(name, value) }
        return trained(
            name, value, decays: BERTNames.isMatrix(name), learningRateScale: learningRateScale)
    }

    /// A tensor that trains from a given start.
    func trained(
        _ name: String, _ value: Matrix, decays: Bool = false, learningRateScale: Double = 1
    ) -> Parameter {
        let parameter = Parameter(
            name, value, isTrainable: true, decays: decays, learningRateScale: learningRateScale)
        trainable.append(parameter)
        return parameter
    }

    /// A tensor that the method adds and nothing changes.
    func constant(_ name: String, _ value: Matrix) -> Parameter {
        let parameter = Parameter(name, value)
        constants.append(parameter)
        return parameter
    }

    /// A parameter that a reparameterization computes.
    func computed(_ name: String, _ value: Matrix) -> Parameter {
        computed += 1
        return Parameter(name, value, isTrainable: true)
    }

    func add(_ reparameterization: any Reparameterization) { reparameterizations.append(reparameterization) }

    /// Token ids drawn from the whole vocabulary.
    func drawnTokens(_ count: Int, purpose: String) -> [Int] {
        var generator = SeededGenerator(seed: seed, purpose: "tokens \(purpose)")
        return (0..<count).map { _ in generator.index(below: base.shape.vocabulary) }
    }

    /// The base's hidden states (count, d) of drawn tokens below a block.
    func states(ofDrawnTokens count: Int, purpose: String, below layer: Int) -> Matrix {
        let ids = drawnTokens(count, purpose: purpose)
        let positions = base.shape.positions
        let sequences = stride(from: 0, to: count, by: positions).map { start in
            let part = ids[start..<min(start + positions, count)].map(Int32.init)
            return Encoding(ids: part, typeIDs: [Int32](repeating: 0, count: part.count))
        }
        return plain.states(of: TokenBatch(sequences), after: layer, by: OpenBLASProducts()).values
    }
}
