public import Experiments
import LinearAlgebra

extension Transformer {
    /// A network of the base with a configuration's components attached and a
    /// fresh classifier.
    ///
    /// The base is not changed: what trains is a copy, so letting go of the
    /// network restores the base bit for bit. A fresh low-rank update or
    /// bottleneck is the identity (B = 0, U = 0).
    ///
    /// - Parameter seed: of the initial values; each tensor has a stream of
    ///   its own, so a component does not shift another's draw.
    /// - Throws: when the configuration names layers the base lacks.
    public static func attach(
        _ configuration: Configuration, to base: BaseModel, classes: Int, seed: UInt64
    ) throws(InputError) -> Transformer {
        try configuration.check(against: base.shape)
        return Attachment(configuration, base: base, classes: classes, seed: seed).build()
    }
}

private final class Attachment {
    let configuration: Configuration
    let base: BaseModel
    let classes: Int
    let seed: UInt64
    let unfrozen: TrainableTensors
    var trainable: [Parameter] = []

    init(_ configuration: Configuration, base: BaseModel, classes: Int, seed: UInt64) {
        self.configuration = configuration
        self.base = base
        self.classes = classes
        self.seed = seed
        unfrozen = TrainableTensors(configuration, shape: base.shape)
    }

    func build() -> Transformer {
        let embeddings = Embeddings(
            words: baseParameter(BERTNames.words), positions: baseParameter(BERTNames.positions),
            types: baseParameter(BERTNames.types), norm: norm(BERTNames.embeddingNorm),
            paddingID: base.paddingID)
        var lowest = embeddings.hasTrainable ? -1 : base.shape.layers
        var blocks: [EncoderBlock] = []
        for layer in 0..<base.shape.layers {
            let before = trainable.count
            blocks.append(block(layer))
            if trainable.count > before { lowest = min(lowest, layer) }
        }
        let head = head()
        return Transformer(
            embeddings: embeddings, blocks: blocks, head: head, trainable: trainable,
            lowestTrainableBlock: lowest)
    }

    private func block(_ layer: Int) -> EncoderBlock {
        var maps: [Projection: AffineMap] = [:]
        for projection in Projection.allCases {
            let map = affine(BERTNames.map(projection, layer: layer))
            map.edit.lowRank = lowRank(Site(layer: layer, projection: projection))
            maps[projection] = map
        }
        let block = EncoderBlock(
            maps: maps, attentionNorm: norm(BERTNames.attentionNorm(layer)),
            outputNorm: norm(BERTNames.outputNorm(layer)), heads: base.shape.heads)
        for case .bottleneck(let bottleneck) in configuration.components {
            guard let width = bottleneck.widths[layer], width > 0 else { continue }
            block.adapters[bottleneck.site] = adapter(bottleneck, width: width, layer: layer)
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
        let classifier = AffineMap(
            weight: fresh("\(name).weight", .normal(deviation: 0.02), classes, base.shape.hidden),
            bias: fresh("\(name).bias", .zero, 1, classes))
        return ClassificationHead(pooler: pooler, classifier: classifier, dropout: configuration.head.dropout)
    }

    private func lowRank(_ site: Site) -> LowRankUpdate? {
        for case .lora(let lora) in configuration.components {
            guard let rank = lora.ranks[site], rank > 0 else { continue }
            let size = base.shape.size(of: site.projection)
            let name = BERTNames.map(site.projection, layer: site.layer)
            return LowRankUpdate(
                down: fresh("\(name).lora_A.weight", .kaimingUniform, rank, size.in),
                up: fresh("\(name).lora_B.weight", .zero, size.out, rank),
                scale: Float(lora.alphaOverRank), dropout: lora.dropout)
        }
        return nil
    }

    private func adapter(_ bottleneck: Bottleneck, width: Int, layer: Int) -> BottleneckAdapter {
        let name = "\(BERTNames.block(layer)).bottleneck.\(bottleneck.site.rawValue)"
        let size = base.shape.hidden
        return BottleneckAdapter(
            down: AffineMap(
                weight: fresh("\(name).down.weight", .kaimingUniform, width, size),
                bias: fresh("\(name).down.bias", .zero, 1, width)),
            up: AffineMap(
                weight: fresh("\(name).up.weight", .zero, size, width),
                bias: fresh("\(name).up.bias", .zero, 1, size)),
            activation: bottleneck.activation == .relu ? .relu : .gelu, scale: Float(bottleneck.scale))
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
        guard let scale = unfrozen.scales[name] else { return Parameter(name, weight) }
        return add(
            Parameter(
                name, weight.matrix, isTrainable: true, decays: BERTNames.isMatrix(name),
                learningRateScale: scale))
    }

    /// A pooler tensor: the base's if it has one, else fresh.
    private func headParameter(_ name: String, _ rows: Int, _ columns: Int, isTrained: Bool) -> Parameter {
        let start: Initializer = rows == 1 ? .zero : .normal(deviation: 0.02)
        let value =
            base.weights[name]?.matrix ?? start.matrix(rows: rows, columns: columns, seed: seed, name: name)
        guard isTrained else { return Parameter(name, value) }
        return add(Parameter(name, value, isTrainable: true, decays: BERTNames.isMatrix(name)))
    }

    private func fresh(
        _ name: String, _ start: Initializer, _ rows: Int, _ columns: Int
    ) -> Parameter {
        let value = start.matrix(rows: rows, columns: columns, seed: seed, name: name)
        return add(Parameter(name, value, isTrainable: true, decays: BERTNames.isMatrix(name)))
    }

    private func add(_ parameter: Parameter) -> Parameter {
        trainable.append(parameter)
        return parameter
    }
}
