/// Floating-point operations, a multiply-add as two.
///
/// Counted are the matrix products that the result requires: the affine maps
/// of the blocks, attention scores and context, adapters, and the head. Where
/// the head reads each sequence's first row alone, only keys and values of the
/// last block are computed for every token. Not counted are
/// element-wise operations, normalisation, softmax, look-ups and the
/// optimiser.
extension Costs {
    /// One prediction from the tokens with the adapters attached, on the mean
    /// example of the validation split.
    public func forwardFLOPsPerExample(of configuration: Configuration) -> Double {
        PassCount(self, configuration, .validation).forward(from: 0).sum.rounded()
    }

    /// One training example, forward and backward in all passes of a step, on
    /// the mean example of the training split, from the lowest block in which
    /// something trains: the hidden states below it are computed once for all
    /// epochs and trials, unless they are too large to be kept.
    public func trainingFLOPsPerExample(of configuration: Configuration) -> Double {
        let count = PassCount(self, configuration, .training)
        return (count.passes * (count.forward(from: count.start).sum + count.backward.sum)).rounded()
    }
}

/// Operations of one pass over a mean example, by what runs them at different
/// speeds.
struct Operations {
    /// Products with the base's weights.
    var base = 0.0
    /// Products with low-rank factors and bottlenecks.
    var adapters = 0.0
    /// Scores and contexts.
    var attention = 0.0
    /// How often a sequence's attention is called for.
    var attentionCalls = 0.0
    /// Rows times their width, d + f, that run through norms and nonlinearity.
    var elements = 0.0
    /// Elements of low-rank updates' inputs that dropout looks at.
    var dropped = 0.0

    var sum: Double { base + adapters + attention }
}

/// Counts the operations of a configuration's passes over one split.
package struct PassCount {
    package enum Split { case training, validation }

    package let shape: ModelShape
    private let outputs: Double
    private let readsEveryToken: Bool
    package let split: Split
    private let configuration: Configuration
    /// Mean tokens of an example.
    private let length: Double
    /// The same with those of a prompt.
    private let tokens: Double
    /// Mean square of the tokens; counted on validation, it serves for both.
    private let squares: Double
    private let lowest: Int?
    private let selection: TensorSelection
    /// Over each batch in a step.
    let passes: Double
    /// Of the optimizer, for one of the passes; none where nothing trains.
    package let stepsPerExample: Double
    /// The block at which a pass begins: above it what is kept.
    let start: Int
    /// Whether the last block computes all its rows.
    let isLastWhole: Bool

    init(_ costs: Costs, _ configuration: Configuration, _ split: Split) {
        func mean(_ sum: Int, _ count: Int) -> Double { count > 0 ? Double(sum) / Double(count) : 0 }
        let data = costs.data
        shape = costs.shape
        outputs = Double(data.outputs)
        readsEveryToken = costs.readsEveryToken
        self.split = split
        self.configuration = configuration
        let prompt = Double(configuration.components.reduce(0) { $0 + $1.value.promptLength })
        length =
            switch split {
            case .training: mean(data.trainTokens, data.trainExamples)
            case .validation: mean(data.validationTokens, data.validationExamples)
            }
        tokens = length + prompt
        squares = mean(data.squaredTokens, data.validationExamples) + (2 * length + prompt) * prompt
        lowest = Costs.lowestAdaptedLayer(of: configuration)
        selection = TensorSelection(configuration, shape: shape)
        passes =
            split == .training ? Double(configuration.components.map(\.value.trainingPasses).max() ?? 1) : 1
        let examples = passes * Double(max(configuration.training.batchSize, 1))
        stepsPerExample = split == .training ? 1 / examples : 0
        let boundary = Costs.lowestChangedLayer(of: configuration, layers: shape.layers)
        let last = shape.layers - 1
        isLastWhole =
            readsEveryToken || configuration.components.contains { $0.value.readsWholeSequences(in: last) }
        start = costs.statesRows(split, below: boundary) == nil ? 0 : boundary
    }

    /// - Parameter start: the first block that is computed.
    func forward(from start: Int) -> Operations {
        var operations = Operations()
        for layer in start..<max(start, shape.layers) {
            for projection in Projection.allCases { operations.base += product(projection, layer) }
            for component in configuration.components {
                operations.adapters += component.value.products(in: layer, of: self).forward
                operations.dropped += component.value.droppedElements(in: layer, of: self)
            }
            operations.attention += 4 * Double(shape.hidden) * pairs(layer)
            operations.attentionCalls += 2
            operations.elements += rows(.feedForwardIn, layer) * Double(shape.hidden + shape.feedForward)
        }
        if start == 0 { operations.base += embeddingProduct }
        operations.base += 2 * (poolerSize + classifierSize)
        return operations
    }

    /// Input gradients down to where something trains, and the gradients of
    /// what trains.
    var backward: Operations {
        var operations = Operations()
        operations.base += headBackward
        guard let lowest else { return operations }
        for layer in max(lowest, 0)..<shape.layers {
            let passesOn = layer > lowest
            for projection in Projection.allCases {
                if needsInputGradient(projection, layer) || scalesInput(projection, layer) {
                    operations.base += product(projection, layer)
                }
                if trainsWeight(projection, layer) { operations.base += product(projection, layer) }
            }
            if passesOn || trainsAttention(layer) {
                operations.attention += 8 * Double(shape.hidden) * pairs(layer)
                operations.attentionCalls += 4
            }
            for component in configuration.components {
                operations.adapters += component.value.products(in: layer, of: self).backward
            }
            operations.elements += rows(.feedForwardIn, layer) * Double(shape.hidden + shape.feedForward)
        }
        if lowest < 0 { operations.base += embeddingProduct * embeddingGradients }
        return operations
    }

    /// Of the map behind the embeddings, where there is one.
    private var embeddingProduct: Double {
        shape.projectsEmbeddings ? 2 * Double(shape.embedding) * Double(shape.hidden) * tokens : 0
    }

    /// Of that map: of its input, for the LayerNorm or the tables, and of its
    /// weight.
    private var embeddingGradients: Double {
        selection.contains(.embeddingProjectionWeight) ? 2 : 1
    }

    /// The rows that a map computes.
    package func rows(_ projection: Projection, _ layer: Int) -> Double {
        let isAttended = projection == .key || projection == .value
        return isWhole(layer) || isAttended ? tokens : min(tokens, 1)
    }

    private func isWhole(_ layer: Int) -> Bool { layer < shape.layers - 1 || isLastWhole }

    /// Of a gate that reads a map's input.
    package func gate(of site: Site) -> DirectedProducts {
        let unit = 2 * sides(of: site.projection).in * rows(site.projection, site.layer)
        let toInput = needsInputGradient(site.projection, site.layer)
        return DirectedProducts(forward: unit, backward: toInput ? 2 * unit : unit)
    }

    /// Queries times keys.
    private func pairs(_ layer: Int) -> Double {
        let prefix = Double(configuration.components.reduce(0) { $0 + $1.value.prefixLength(in: layer) })
        let own = isWhole(layer) ? squares : tokens
        return own + prefix * rows(.query, layer)
    }

    private func product(_ projection: Projection, _ layer: Int) -> Double {
        let size = shape.size(of: projection)
        return 2 * Double(size.in) * Double(size.out) * rows(projection, layer)
    }

    /// Whether the gradient of a map's input is needed, for what lies below it.
    package func needsInputGradient(_ projection: Projection, _ layer: Int) -> Bool {
        guard layer == lowest else { return true }
        switch projection {
        case .query, .key, .value: return false
        case .attentionOutput: return trainsAttention(layer)
        case .feedForwardIn: return trainsBelowFeedForward(layer)
        case .feedForwardOut: return trains(.feedForwardIn, layer) || trainsBelowFeedForward(layer)
        }
    }

    private func trainsAttention(_ layer: Int) -> Bool {
        [Projection.query, .key, .value].contains { trains($0, layer) }
            || configuration.components.contains { $0.value.trainsAttention(in: layer) }
    }

    private func trainsBelowFeedForward(_ layer: Int) -> Bool {
        trainsAttention(layer) || trains(.attentionOutput, layer)
            || selection.contains(.normWeight(.attention(layer)))
            || configuration.components.contains { $0.value.trainsAttentionOutput(in: layer) }
    }

    private func trains(_ projection: Projection, _ layer: Int) -> Bool {
        let site = Site(layer: layer, projection: projection)
        return trainsWeight(projection, layer) || selection.contains(.bias(site))
            || configuration.components.contains { $0.value.edits(site) }
    }

    private func scalesInput(_ projection: Projection, _ layer: Int) -> Bool {
        let site = Site(layer: layer, projection: projection)
        return configuration.components.contains { $0.value.scalesInput(of: site) }
    }

    private func trainsWeight(_ projection: Projection, _ layer: Int) -> Bool {
        selection.contains(.weight(Site(layer: layer, projection: projection)))
    }

    /// Which factors of an update train.
    package enum TrainedFactors { case both, up, neither }

    /// Of an update at a site: its input times a matrix down to a rank, and
    /// times another up again.
    package func lowRank(
        _ site: Site, rank: Int, training trained: TrainedFactors = .both
    ) -> DirectedProducts {
        let (input, output) = sides(of: site.projection)
        let unit = 2 * Double(rank) * rows(site.projection, site.layer)
        let gradients =
            switch trained {
            case .both: input + output
            case .up: output
            case .neither: 0.0
            }
        let toInput = needsInputGradient(site.projection, site.layer) ? input : 0
        return DirectedProducts(
            forward: unit * (input + output), backward: unit * (gradients + output + toInput))
    }

    /// What a weight costs that is computed of trained numbers once a step: its
    /// gradient over all tokens, and the products of its factors.
    package func denseUpdate(of projection: Projection, _ layer: Int, rank: Int) -> DirectedProducts {
        let (input, output) = sides(of: projection)
        let factors = 2 * Double(rank) * input * output * stepsPerExample
        return DirectedProducts(forward: factors, backward: product(projection, layer) + 2 * factors)
    }

    /// Sides of a map's weight.
    package func sides(of projection: Projection) -> (in: Double, out: Double) {
        let size = shape.size(of: projection)
        return (Double(size.in), Double(size.out))
    }

    /// Width of the hidden states.
    package var hidden: Double { Double(shape.hidden) }

    /// Of the classifier's product, for all rows that it reads.
    private var classifierSize: Double {
        Double(shape.hidden) * outputs * (readsEveryToken ? length : 1)
    }

    private var poolerSize: Double {
        configuration.head.pooler == .absent ? 0 : Double(shape.hidden) * Double(shape.hidden)
    }

    private var headBackward: Double {
        let classifier = 2 * classifierSize
        let passesClassifier = lowest != nil || configuration.head.pooler == .trained
        let pooler =
            (configuration.head.pooler == .trained ? 2 * poolerSize : 0)
            + (lowest != nil ? 2 * poolerSize : 0)
        return classifier + (passesClassifier ? classifier : 0) + pooler
    }
}
