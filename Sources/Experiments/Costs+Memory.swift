/// Bytes of memory and disk.
extension Costs {
    /// What a slot holds at most for a trial, base and program not counted:
    /// tensors that train with gradient and two moments, what the largest
    /// batch keeps for its way back, and freed blocks of a quarter; or what an
    /// evaluation holds, if that is more. Where low-rank updates have dropout,
    /// each keeps for every token a mask and the masked input as a factor.
    public func trialBytes(of configuration: Configuration, numerics: Numerics) -> Double {
        let (d, f) = (Double(shape.hidden), Double(shape.feedForward))
        let lowest = Self.lowestAdaptedLayer(of: configuration) ?? shape.layers
        let length = data.trainExamples > 0 ? Double(data.trainTokens) / Double(data.trainExamples) : 0
        let factor = numerics == .bf16 ? 2.0 : 4.0
        // q, k, v and two normalised states in float32; three inputs and two inner states as factors;
        // probabilities in rows of whole lanes.
        let row = 20 * d + factor * (3 * d + 2 * f) + 4 * Double(shape.heads) * (length + 8)
        // All rows but those above the last block.
        let blocks = Double(max(shape.layers - 1 - max(lowest, 0), 0)) + 0.5
        let examples = Self.largestBatch * Double(configuration.training.batchSize)
        let dropped = PassCount(self, configuration, .training).forward(from: max(lowest, 0)).dropped
        let trained = (16 + factor) * Double(trainableParameters(of: configuration))
        let evaluated = Self.largestBatch * length * 32 * 4 * (9 * d + 2 * f)
        let kept = examples * (length * row * blocks + (4 + factor) * dropped)
        return 1.25 * max(trained + kept, evaluated + trained / 2)
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
        let isAboveAll = layer >= shape.layers
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
