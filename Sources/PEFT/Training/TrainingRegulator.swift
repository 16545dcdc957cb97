import LinearAlgebra

/// What takes part in training beside the loss: a penalty on trained tensors,
/// or a rule that acts on them after each step.
protocol TrainingRegulator: AnyObject {
    /// Weight of how far the outputs of two passes are apart; above 0 every
    /// step has a second one.
    var consistency: Double { get }
    /// Called before each pass of a step, and again before the way back of one
    /// that others have followed.
    /// - Parameters:
    ///   - pass: from 0.
    ///   - step: from 0.
    func willPass(_ pass: Int, of step: Int, seed: UInt64)
    /// Accumulates the penalty's gradients, after those of the loss.
    /// - Returns: what is added to the loss.
    func penalize() -> Double
    /// After the optimizer has moved everything; gradients are still those of
    /// the loss and the penalties.
    /// - Parameters:
    ///   - total: steps of the full run, whatever part of it is run.
    ///   - gradientScale: what clipping multiplied the gradients by.
    func didStep(_ step: Int, of total: Int, gradientScale: Double)
    /// After the last step: what is measured is what is left.
    func didTrain()
    /// What it has kept from the steps so far, by name: a run that goes on from
    /// a checkpoint needs it.
    var memory: [String: Matrix] { get }
    /// Takes up what another run of the same configuration had kept.
    /// - Returns: false, and nothing is changed, when it is not of its kind.
    func recall(_ memory: [String: Matrix]) -> Bool
    /// Ranks at which the trained network can be measured besides its whole,
    /// ascending.
    var measurableRanks: [Int] { get }
    /// Lets updates act at a lower rank; nil is their whole.
    func restrict(toRank rank: Int?)
}

extension TrainingRegulator {
    var consistency: Double { 0 }
    func willPass(_ pass: Int, of step: Int, seed: UInt64) {}
    func penalize() -> Double { 0 }
    func didStep(_ step: Int, of total: Int, gradientScale: Double) {}
    func didTrain() {}
    var memory: [String: Matrix] { [:] }
    func recall(_ memory: [String: Matrix]) -> Bool { memory.isEmpty }
    var measurableRanks: [Int] { [] }
    func restrict(toRank rank: Int?) {}
}
