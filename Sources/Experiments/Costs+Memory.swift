/// Bytes of memory and disk.
extension Costs {
    /// What a slot holds at most for a trial, base and program not counted:
    /// tensors that train with gradient and two moments, what the largest
    /// batch keeps for its ways back, and freed blocks of an eighth; or what an
    /// evaluation holds, if that is more. Where low-rank updates have dropout,
    /// each keeps for every token a mask and the masked input as a factor.
    public func trialBytes(of configuration: Configuration, numerics: Numerics) -> Double {
        let (d, f) = (Double(shape.hidden), Double(shape.feedForward))
        let lowest = Self.lowestAdaptedLayer(of: configuration) ?? shape.layers
        let prompt = configuration.components.reduce(0) { $0 + $1.value.promptLength }
        let length =
            (data.trainExamples > 0 ? Double(data.trainTokens) / Double(data.trainExamples) : 0)
            + Double(prompt)
        let factor = numerics == .bf16 ? 2.0 : 4.0
        // q, k, v and two normalised states in float32, GELU's slope as a factor; probabilities in
        // rows of whole lanes.
        let row = 20 * d + factor * f + 4 * Double(shape.heads) * (length + 8)
        let count = PassCount(self, configuration, .training)
        // All rows but those above the last block, where the head reads the first alone.
        let below = Double(max(shape.layers - 1 - max(lowest, 0), 0))
        let blocks = below + (count.isLastWhole && lowest < shape.layers ? 1 : 0.5)
        let examples = count.passes * Self.largestBatch * Double(configuration.training.batchSize)
        let dropped = count.forward(from: max(lowest, 0)).dropped
        let trained = (16 + factor) * Double(trainableParameters(of: configuration))
        let evaluated = Self.largestBatch * length * 32 * 4 * (9 * d + 2 * f)
        let inputs = factor * Double(keptInputs(of: configuration, isLastWhole: count.isLastWhole))
        let kept = examples * (length * (row * blocks + inputs) + (4 + factor) * dropped)
        return 1.125 * max(trained + kept, evaluated + trained / 2)
    }

    /// Numbers a token of inputs that maps keep because something trains on
    /// them; where the head reads the first row of a sequence, that row alone
    /// is kept above the last block's keys and values.
    private func keptInputs(of configuration: Configuration, isLastWhole: Bool) -> Int {
        let selection = TensorSelection(configuration, shape: shape)
        let methods = configuration.components.map(\.value)
        let layers = 0..<shape.layers
        let sites = layers.flatMap { layer in
            Projection.allCases.map { Site(layer: layer, projection: $0) }
        }.filter { site in
            selection.contains(.weight(site)) || methods.contains { $0.keepsInput(of: site) }
        }
        let last = isLastWhole ? shape.layers : shape.layers - 1
        let adapters = layers.prefix(last).reduce(0) { sum, layer in
            sum + methods.reduce(0) { $0 + $1.keptInputs(in: layer) }
        }
        let attended: Set<Projection> = [.query, .key, .value]
        // The three read the same.
        let attending = Set(sites.filter { attended.contains($0.projection) }.map(\.layer)).count
        let others = sites.filter { !attended.contains($0.projection) && $0.layer < last }
            .reduce(0) { $0 + shape.size(of: $1.projection).in }
        return attending * shape.hidden + others + adapters * shape.hidden
    }

    /// Bytes of the kept hidden states below a layer, of the training and the
    /// validation split.
    public func statesBytes(below layer: Int) -> Double {
        guard layer > 0 else { return 0 }
        let rows =
            (statesRows(.training, below: layer) ?? 0) + (statesRows(.validation, below: layer) ?? 0)
        return 4 * Double(rows) * Double(shape.hidden)
    }

    /// Rows of a split's states; nil where they are too many to be kept.
    func statesRows(_ split: PassCount.Split, below layer: Int) -> Int? {
        let isAboveAll = layer >= shape.layers && !readsEveryToken
        let rows =
            switch split {
            case .training: isAboveAll ? data.trainExamples : data.trainTokens
            case .validation: isAboveAll ? data.validationExamples : data.validationTokens
            }
        return KeptStates.areKept(rows: rows, hidden: shape.hidden) ? rows : nil
    }

    /// The largest batch's tokens over the mean's.
    private static let largestBatch = 1.35
}
