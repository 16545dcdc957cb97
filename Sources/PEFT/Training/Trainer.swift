public import Experiments
package import LinearAlgebra
import Foundation

/// Trains a network on a split, step by step.
///
/// The order of examples comes from the study's seed alone, so every trial of
/// a study sees the same batches; dropout comes from the trial's.
public struct Trainer {
    let transformer: Transformer
    private let source: BatchSource
    private let targets: Targets
    private let products: any ProductLibrary
    private let settings: TrainingSettings
    private let studySeed: UInt64
    private let trialSeed: UInt64
    private let schedule: LearningRateSchedule
    var optimizer: AdamW
    /// Of the full run's steps, how many are done.
    public internal(set) var stepsDone = 0
    /// Of those steps.
    public internal(set) var trace = TrainingTrace()

    /// - Parameters:
    ///   - source: of the split's batches.
    ///   - targets: of its sequences, as training sees them.
    package init(
        _ transformer: Transformer, on source: BatchSource, targets: Targets, settings: TrainingSettings,
        studySeed: UInt64, trialSeed: UInt64, products: any ProductLibrary
    ) {
        self.transformer = transformer
        self.source = source
        self.targets = targets
        self.products = products
        self.settings = settings
        self.studySeed = studySeed
        self.trialSeed = trialSeed
        let stepsPerEpoch = (targets.count + settings.batchSize - 1) / settings.batchSize
        schedule = LearningRateSchedule(settings, steps: stepsPerEpoch * settings.epochs)
        optimizer = AdamW(
            transformer.trainable, weightDecay: settings.weightDecay, clipping: settings.gradientClipping)
    }

    /// In the full run.
    public var steps: Int { schedule.steps }

    /// Runs the full run up to its step `limit`, to its end if nil, from where
    /// it stands. What is measured then is what it would be had it begun here
    /// and now.
    /// - Parameter progress: told the number of steps done and the step's
    ///   loss after each.
    /// - Throws: `diverged` when the loss or a gradient is not finite, `crashed`
    ///   when batches cannot be read.
    public mutating func run(
        steps limit: Int? = nil, progress: (_ step: Int, _ loss: Double) -> Void = { _, _ in }
    )
        throws(TrialFailure)
    {
        defer { for regulator in transformer.regulators { regulator.didTrain() } }
        guard stepsDone < steps else { return }
        let stepsPerEpoch = steps / settings.epochs
        for epoch in stepsDone / stepsPerEpoch..<settings.epochs {
            let order = order(ofEpoch: epoch)
            for place in stepsDone % stepsPerEpoch..<stepsPerEpoch {
                guard stepsDone < limit ?? .max else { return }
                let start = place * settings.batchSize
                let loss = try advance(
                    order[start..<min(start + settings.batchSize, order.count)], step: stepsDone)
                stepsDone += 1
                progress(stepsDone, loss)
            }
        }
    }

    /// Computes the gradients of the first epoch's first batches, one batch
    /// after the other, without a step.
    func forEachFirstBatch(_ count: Int, _ body: () -> Void) throws(TrialFailure) {
        let order = order(ofEpoch: 0)
        for start in stride(from: 0, to: min(order.count, count * settings.batchSize), by: settings.batchSize)
        {
            let indices = order[start..<min(start + settings.batchSize, order.count)]
            _ = transformer.differentiate(
                try batch(indices), targets: targets.selecting(Array(indices)), step: 0, seed: trialSeed,
                by: products)
            body()
        }
    }

    private func order(ofEpoch epoch: Int) -> [Int] {
        var generator = SeededGenerator(seed: studySeed, purpose: "data order", UInt64(epoch))
        return generator.shuffled(Array(0..<targets.count))
    }

    private mutating func advance(_ indices: ArraySlice<Int>, step: Int) throws(TrialFailure) -> Double {
        let loss = transformer.differentiate(
            try batch(indices), targets: targets.selecting(Array(indices)), step: step, seed: trialSeed,
            by: products
        ).loss
        guard loss.isFinite else {
            throw TrialFailure(.diverged, "the loss of step \(step + 1) of \(steps) is not finite")
        }
        let (norm, scale) = products.timing(.optimizer) { optimizer.step(rate: schedule.rate(at: step)) }
        guard norm.isFinite else {
            throw TrialFailure(.diverged, "the gradient of step \(step + 1) of \(steps) is not finite")
        }
        for regulator in transformer.regulators { regulator.didStep(step, of: steps, gradientScale: scale) }
        trace.add(loss: loss, gradientNorm: norm)
        return loss
    }

    private func batch(_ indices: ArraySlice<Int>) throws(TrialFailure) -> NetworkInput {
        do {
            return try source.batch(indices)
        } catch {
            throw TrialFailure(.crashed, "the kept hidden states cannot be read: \(error.reason)")
        }
    }
}
