/// Floating-point operations, a multiply-add as two.
///
/// Counted are the matrix products that the result requires: the affine maps
/// of the blocks, attention scores and context, adapters, and the head. Above
/// the last block only each sequence's first row is read, so of that block
/// only keys and values are computed for every token. Not counted are
/// element-wise operations, normalisation, softmax, look-ups and the
/// optimiser.
extension Costs {
    /// One prediction from the tokens with the adapters attached, on the mean
    /// example of the validation split.
    public func forwardFLOPsPerExample(of configuration: Configuration) -> Double {
        PassCount(self, configuration, .validation).forward(from: 0).sum.rounded()
    }

    /// One training example, forward and backward, on the mean example of the
    /// training split, from the lowest block in which something trains: the
    /// hidden states below it are computed once for all epochs and trials,
    /// unless they are too large to be kept.
    public func trainingFLOPsPerExample(of configuration: Configuration) -> Double {
        let count = PassCount(self, configuration, .training)
        return (count.forward(from: count.start).sum + count.backward.sum).rounded()
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
struct PassCount {
    enum Split { case training, validation }

    private let shape: ModelShape
    private let labels: Double
    private let configuration: Configuration
    /// Mean tokens of an example.
    private let tokens: Double
    /// Mean square of the tokens; counted on validation, it serves for both.
    private let squares: Double
    private let lowest: Int?
    private let unfrozen: Set<Int>
    /// The block at which a pass begins: above it what is kept.
    let start: Int

    init(_ costs: Costs, _ configuration: Configuration, _ split: Split) {
        func mean(_ sum: Int, _ count: Int) -> Double { count > 0 ? Double(sum) / Double(count) : 0 }
        let data = costs.data
        shape = costs.shape
        labels = Double(data.labels.count)
        self.configuration = configuration
        tokens =
            switch split {
            case .training: mean(data.trainTokens, data.trainExamples)
            case .validation: mean(data.validationTokens, data.validationExamples)
            }
        squares = mean(data.squaredTokens, data.validationExamples)
        lowest = Costs.lowestAdaptedLayer(of: configuration)
        unfrozen = SelectedTensors(configuration, layers: shape.layers).blocks
        let boundary = max(lowest ?? shape.layers, 0)
        start = costs.statesRows(split, below: boundary) == nil ? 0 : boundary
    }

    /// - Parameter start: the first block that is computed.
    func forward(from start: Int) -> Operations {
        var operations = Operations()
        for layer in start..<max(start, shape.layers) {
            for projection in Projection.allCases { operations.base += product(projection, layer) }
            operations.adapters += adapterProducts(layer).forward
            operations.dropped += droppedElements(layer)
            operations.attention += 4 * Double(shape.hidden) * pairs(layer)
            operations.attentionCalls += 2
            operations.elements += rows(.feedForwardIn, layer) * Double(shape.hidden + shape.feedForward)
        }
        operations.base += 2 * (poolerSize + Double(shape.hidden) * labels)
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
                if needsInputGradient(projection, layer) { operations.base += product(projection, layer) }
                if unfrozen.contains(layer) { operations.base += product(projection, layer) }
            }
            if passesOn || trainsAttention(layer) {
                operations.attention += 8 * Double(shape.hidden) * pairs(layer)
                operations.attentionCalls += 4
            }
            operations.adapters += adapterProducts(layer).backward
            operations.elements += rows(.feedForwardIn, layer) * Double(shape.hidden + shape.feedForward)
        }
        return operations
    }

    /// The rows that a map computes.
    private func rows(_ projection: Projection, _ layer: Int) -> Double {
        let isRead = layer < shape.layers - 1 || projection == .key || projection == .value
        return isRead ? tokens : min(tokens, 1)
    }

    /// Queries times keys.
    private func pairs(_ layer: Int) -> Double { layer < shape.layers - 1 ? squares : tokens }

    private func product(_ projection: Projection, _ layer: Int) -> Double {
        let size = shape.size(of: projection)
        return 2 * Double(size.in) * Double(size.out) * rows(projection, layer)
    }

    private func adapterProducts(_ layer: Int) -> (forward: Double, backward: Double) {
        var (forward, backward) = (0.0, 0.0)
        for component in configuration.components {
            switch component {
            case .lora(let lora):
                for (site, rank) in lora.ranks where site.layer == layer {
                    let size = shape.size(of: site.projection)
                    let (input, output) = (Double(size.in), Double(size.out))
                    let unit = 2 * Double(rank) * rows(site.projection, layer)
                    forward += unit * (input + output)
                    let toInput = needsInputGradient(site.projection, layer) ? input : 0
                    backward += unit * (input + 2 * output + toInput)
                }
            case .bottleneck(let bottleneck):
                let width = Double(bottleneck.widths[layer] ?? 0)
                let unit = 4 * Double(shape.hidden) * width * rows(.feedForwardIn, layer)
                forward += unit
                backward += 2 * unit
            case .bias, .layerNorm, .unfreeze: break
            }
        }
        return (forward, backward)
    }

    private func droppedElements(_ layer: Int) -> Double {
        var elements = 0.0
        for case .lora(let lora) in configuration.components where lora.dropout > 0 {
            for (site, rank) in lora.ranks where site.layer == layer && rank > 0 {
                elements += Double(shape.size(of: site.projection).in) * rows(site.projection, layer)
            }
        }
        return elements
    }

    private func needsInputGradient(_ projection: Projection, _ layer: Int) -> Bool {
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
    }

    private func trainsBelowFeedForward(_ layer: Int) -> Bool {
        let trainsNorm = configuration.components.contains { component in
            if case .layerNorm(let norm) = component { norm.layers?.contains(layer) ?? true } else { false }
        }
        let hasSerialAdapter = configuration.components.contains { component in
            if case .bottleneck(let bottleneck) = component, bottleneck.site == .serialAttention {
                bottleneck.widths[layer, default: 0] > 0
            } else {
                false
            }
        }
        return trainsAttention(layer) || trains(.attentionOutput, layer) || trainsNorm || hasSerialAdapter
    }

    private func trains(_ projection: Projection, _ layer: Int) -> Bool {
        if unfrozen.contains(layer) { return true }
        return configuration.components.contains { component in
            switch component {
            case .lora(let lora): lora.ranks[Site(layer: layer, projection: projection), default: 0] > 0
            case .bias(let bias): bias.layers?.contains(layer) ?? true
            case .bottleneck, .layerNorm, .unfreeze: false
            }
        }
    }

    private var poolerSize: Double {
        configuration.head.pooler == .absent ? 0 : Double(shape.hidden) * Double(shape.hidden)
    }

    private var headBackward: Double {
        let classifier = 2 * Double(shape.hidden) * labels
        let passesClassifier = lowest != nil || configuration.head.pooler == .trained
        let pooler =
            (configuration.head.pooler == .trained ? 2 * poolerSize : 0)
            + (lowest != nil ? 2 * poolerSize : 0)
        return classifier + (passesClassifier ? classifier : 0) + pooler
    }
}
