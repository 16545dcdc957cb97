import Experiments
import LinearAlgebra

/// A network in the making: what methods take from the base and add to it.
final class Attachment {
    let configuration: Configuration
    let base: BaseModel
    let inputs: ComponentInputs
    private let classes: Int
    private let seed: UInt64
    var names: TensorNames { base.family.names }
    private let selection: [String: Double]
    private var trainable: [Parameter] = []
    private var constants: [Parameter] = []
    private var reparameterizations: [any Reparameterization] = []
    private var shared: [String: AnyObject] = [:]
    private var regulators: [(name: String, regulator: any TrainingRegulator)] = []
    /// How many parameters are computed.
    private var computed = 0
    /// The base as it is, for what begins as its states.
    private lazy var plain = Attachment(Configuration(), base: base, classes: 1, seed: seed)
        .build(reading: .first)

    init(
        _ configuration: Configuration, base: BaseModel, classes: Int, seed: UInt64,
        inputs: ComponentInputs = ComponentInputs()
    ) {
        self.inputs = inputs
        self.configuration = configuration
        self.base = base
        self.classes = classes
        self.seed = seed
        let scales = TensorSelection(configuration, shape: base.shape).learningRateScales
        let names = base.family.names
        selection = Dictionary(uniqueKeysWithValues: scales.map { (names.tensor($0), $1) })
    }

    func build(reading readRows: ReadRows) -> Transformer {
        let embeddings = embeddings()
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
            constants: constants, lowestTrainableBlock: lowest,
            lowestChangedBlock: Costs.lowestChangedLayer(of: configuration, layers: base.shape.layers),
            reparameterizations: reparameterizations,
            regulators: regulators.map(\.regulator))
    }

    private func embeddings() -> Embeddings {
        let shape = base.shape
        return Embeddings(
            words: baseParameter(names.words), positions: baseParameter(names.positions),
            types: shape.tokenTypes > 0 ? baseParameter(names.types) : nil, norm: norm(names.embeddingNorm),
            projection: shape.projectsEmbeddings ? affine(names.embeddingProjection) : nil,
            counting: base.family.positions, paddingID: base.paddingID)
    }

    private func block(_ layer: Int) -> EncoderBlock {
        var maps: [Projection: AffineMap] = [:]
        for projection in Projection.allCases {
            maps[projection] = affine(names.map(projection, layer: layer))
        }
        let block = EncoderBlock(
            maps: maps, attentionNorm: norm(names.attentionNorm(layer)),
            outputNorm: norm(names.outputNorm(layer)), heads: base.shape.heads)
        for component in configuration.components {
            component.attached.attach(to: block, layer: layer, in: self)
        }
        return block
    }

    private func head() -> ClassificationHead {
        let layout = base.family.head
        var pooler: AffineMap?
        if configuration.head.pooler != .absent {
            let isTrained = configuration.head.pooler == .trained
            let size = base.shape.hidden
            pooler = AffineMap(
                weight: headParameter("\(layout.pooler).weight", size, size, isTrained: isTrained),
                bias: headParameter("\(layout.pooler).bias", 1, size, isTrained: isTrained))
        }
        let name = layout.classifier
        let scale = configuration.head.learningRateScale
        let classifier = AffineMap(
            weight: fresh(
                "\(name).weight", .normal(deviation: 0.02), classes, base.shape.hidden,
                learningRateScale: scale),
            bias: fresh("\(name).bias", .zero, 1, classes, learningRateScale: scale))
        return ClassificationHead(
            pooler: pooler, classifier: classifier, layout: layout, dropout: configuration.head.dropout)
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
        return trained(name, weight.matrix, decays: TensorNames.isMatrix(name), learningRateScale: scale)
    }

    /// A pooler tensor: the base's if it has one, else fresh.
    private func headParameter(_ name: String, _ rows: Int, _ columns: Int, isTrained: Bool) -> Parameter {
        let start: Initializer = rows == 1 ? .zero : .normal(deviation: 0.02)
        let value =
            base.weights[name]?.matrix ?? start.matrix(rows: rows, columns: columns, seed: seed, name: name)
        guard isTrained else { return Parameter(name, value) }
        return trained(
            name, value, decays: TensorNames.isMatrix(name),
            learningRateScale: configuration.head.learningRateScale)
    }
}

extension Attachment {
    func name(of site: Site) -> String { names.map(site.projection, layer: site.layer) }

    /// The base's.
    func weight(of site: Site) -> FrozenWeight { base.weights["\(name(of: site)).weight"]! }

    /// The base's in 4 bits, made for this network.
    func quantizedWeight(of site: Site) -> FrozenWeight {
        FrozenWeight(NF4Matrix(quantizing: weight(of: site).matrix))
    }

    /// A new tensor, drawn from a stream that its name selects. Weight decay
    /// acts on matrices.
    /// - Parameters:
    ///   - isTrained: else it stays as it was drawn.
    ///   - stream: the name that selects the stream instead, for tensors that
    ///     begin alike.
    func fresh(
        _ name: String, _ start: Initializer, _ rows: Int, _ columns: Int, isTrained: Bool = true,
        decays: Bool? = nil, learningRateScale: Double = 1, stream: String? = nil
    ) -> Parameter {
        let value = start.matrix(rows: rows, columns: columns, seed: seed, name: stream ?? name)
        guard isTrained else { return constant(name, value) }
        return trained(
            name, value, decays: decays ?? TensorNames.isMatrix(name), learningRateScale: learningRateScale)
    }

    /// A new map whose weight starts as PyTorch's linear layers do, and whose
    /// bias starts at 0.
    func freshMap(_ name: String, in input: Int, out output: Int) -> AffineMap {
        AffineMap(
            weight: fresh("\(name).weight", .kaimingUniform, output, input),
            bias: fresh("\(name).bias", .zero, 1, output))
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
    func constant(
        _ name: String, _ value: Matrix, admits: @escaping @Sendable (Matrix) -> Bool = { _ in true }
    ) -> Parameter {
        let parameter = Parameter(name, value, admits: admits)
        constants.append(parameter)
        return parameter
    }

    /// A parameter that a reparameterization computes.
    func computed(_ name: String, _ value: Matrix) -> Parameter {
        computed += 1
        return Parameter(name, value, isTrainable: true)
    }

    /// A gate of what is (T, size), at 1/2 for what is not far from 0.
    /// - Parameter name: without a dot and the tensor's own.
    func gate(_ name: String, of size: Int) -> SequenceGate {
        SequenceGate(
            weight: fresh("\(name).weight", .normal(deviation: 0.02), 1, size),
            bias: fresh("\(name).bias", .zero, 1, 1))
    }

    func add(_ reparameterization: any Reparameterization) { reparameterizations.append(reparameterization) }

    /// One piece for all places that ask for the name.
    func shared<Piece: AnyObject>(_ name: String, make: () -> Piece) -> Piece {
        if let piece = shared[name] as? Piece { return piece }
        let piece = make()
        shared[name] = piece
        return piece
    }

    /// One regulator for all places that ask for the name.
    func regulator<Regulator: TrainingRegulator>(_ name: String, make: () -> Regulator) -> Regulator {
        if let regulator = regulators.first(where: { $0.name == name })?.regulator as? Regulator {
            return regulator
        }
        let regulator = make()
        regulators.append((name, regulator))
        return regulator
    }

    /// Different numbers from 0, drawn and in ascending order.
    func drawnIndices(_ count: Int, below bound: Int, name: String) -> [Int] {
        var generator = SeededGenerator(seed: seed, purpose: "indices \(name)")
        var drawn: Set<Int> = []
        // Floyd's algorithm: as many draws as numbers (Bentley 1987).
        for next in bound - count..<bound {
            let index = generator.index(below: next + 1)
            drawn.insert(drawn.contains(index) ? next : index)
        }
        return drawn.sorted()
    }

    /// Token ids drawn from the whole vocabulary.
    func drawnTokens(_ count: Int, purpose: String) -> [Int] {
        var generator = SeededGenerator(seed: seed, purpose: "tokens \(purpose)")
        return (0..<count).map { _ in generator.index(below: base.shape.vocabulary) }
    }

    /// The base's hidden states (tokens, d) of tokens below a block, in
    /// sequences as long as the base reads.
    func states(of ids: [Int], below layer: Int) -> Matrix {
        let positions = base.shape.longestSequence
        let sequences = stride(from: 0, to: ids.count, by: positions).map { start in
            let part = ids[start..<min(start + positions, ids.count)].map(Int32.init)
            return Encoding(ids: part, typeIDs: [Int32](repeating: 0, count: part.count))
        }
        return plain.states(of: TokenBatch(sequences), after: layer, by: OpenBLASProducts()).values
    }
}
