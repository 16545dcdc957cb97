/// Floating-point operations, a multiply-add as two.
///
/// Counted are matrix products: the affine maps of the blocks for all tokens,
/// attention scores and context, adapters, and the head for one row per
/// example. Not counted are element-wise operations, normalisation, softmax,
/// look-ups and the optimiser. Nothing is taken as cached, and all rows of the
/// last block are computed.
extension Costs {
    /// One prediction with the adapters attached, on the mean example of the
    /// validation split.
    public func forwardFLOPsPerExample(of configuration: Configuration) -> Double {
        let length = length(.validation)
        let blocks = blockFLOPs(.validation) * Double(shape.layers)
        let adapters = 2 * adapterWeights(of: configuration) * length.tokens
        return (blocks + adapters + headFLOPs(of: configuration)).rounded()
    }

    /// One training example, forward and backward, on the mean example of the
    /// training split. Input gradients end at the lowest adapted block (whose
    /// query, key and value maps pass none on); weight gradients are those of
    /// trainable matrices.
    public func trainingFLOPsPerExample(of configuration: Configuration) -> Double {
        let forward = blockFLOPs(.training) * Double(shape.layers) + headFLOPs(of: configuration)
        return
            (forward + headBackward(of: configuration) + inputGradients(of: configuration)
            + weightGradients(of: configuration) + adapterTraining(of: configuration)).rounded()
    }

    /// Mean tokens of an example, and mean squares. Squares are counted on the
    /// validation split only and serve for both.
    private struct Length {
        var tokens: Double
        var squares: Double
    }

    private enum Split { case training, validation }

    private func length(_ split: Split) -> Length {
        func mean(_ sum: Int, _ count: Int) -> Double { count > 0 ? Double(sum) / Double(count) : 0 }
        let squares = mean(data.squaredTokens, data.validationExamples)
        return switch split {
        case .training: Length(tokens: mean(data.trainTokens, data.trainExamples), squares: squares)
        case .validation:
            Length(tokens: mean(data.validationTokens, data.validationExamples), squares: squares)
        }
    }

    /// Weights of one block's six affine maps.
    private var blockWeights: Double {
        let (d, f) = (Double(shape.hidden), Double(shape.feedForward))
        return 4 * d * d + 2 * d * f
    }

    private func blockFLOPs(_ split: Split) -> Double {
        let length = length(split)
        return 2 * blockWeights * length.tokens + 4 * Double(shape.hidden) * length.squares
    }

    private func headFLOPs(of configuration: Configuration) -> Double {
        let d = Double(shape.hidden)
        let pooler = configuration.head.pooler == .absent ? 0 : d * d
        return 2 * (pooler + d * Double(data.labels.count))
    }

    private func headBackward(of configuration: Configuration) -> Double {
        let d = Double(shape.hidden)
        let reachesEncoder = Self.lowestAdaptedLayer(of: configuration) != nil
        let classifier = 2 * d * Double(data.labels.count)
        let passesClassifier = reachesEncoder || configuration.head.pooler == .trained
        let pooler: Double =
            switch configuration.head.pooler {
            case .absent: 0
            case .frozen: reachesEncoder ? 2 * d * d : 0
            case .trained: 2 * d * d + (reachesEncoder ? 2 * d * d : 0)
            }
        return classifier + (passesClassifier ? classifier : 0) + pooler
    }

    /// Of the base's maps: each product once, attention's two products twice.
    private func inputGradients(of configuration: Configuration) -> Double {
        guard let lowest = Self.lowestAdaptedLayer(of: configuration) else { return 0 }
        let length = length(.training)
        let d = Double(shape.hidden)
        let block = 2 * blockWeights * length.tokens + 8 * d * length.squares
        let reached = Double(shape.layers - max(lowest, 0))
        let saved = lowest >= 0 ? 3 * 2 * d * d * length.tokens : 0
        return max(0, reached * block - saved)
    }

    private func weightGradients(of configuration: Configuration) -> Double {
        let selected = SelectedTensors(configuration, layers: shape.layers)
        return Double(selected.blocks.count) * 2 * blockWeights * length(.training).tokens
    }

    /// Forward and backward of what stands beside the base: each matrix once
    /// forward, once for its gradient and once for its input's, but for the
    /// input of the first query, key and value.
    private func adapterTraining(of configuration: Configuration) -> Double {
        let lowest = Self.lowestAdaptedLayer(of: configuration)
        var saved = 0
        for case .lora(let lora) in configuration.components {
            for (site, rank) in lora.ranks
            where site.layer == lowest && [.query, .key, .value].contains(site.projection) {
                saved += rank * shape.size(of: site.projection).in
            }
        }
        return 2 * (3 * adapterWeights(of: configuration) - Double(saved)) * length(.training).tokens
    }

    /// Entries of the matrices beside the base.
    private func adapterWeights(of configuration: Configuration) -> Double {
        var weights = 0
        for component in configuration.components {
            switch component {
            case .lora(let lora):
                for (site, rank) in lora.ranks {
                    let size = shape.size(of: site.projection)
                    weights += rank * (size.in + size.out)
                }
            case .bottleneck(let bottleneck):
                weights += bottleneck.widths.values.reduce(0, +) * 2 * shape.hidden
            case .bias, .layerNorm, .unfreeze: break
            }
        }
        return Double(weights)
    }
}
