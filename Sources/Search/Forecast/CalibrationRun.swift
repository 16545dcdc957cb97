public import Experiments

/// How much of a trial is run to measure a machine: a few seconds, however
/// large the data are.
public struct CalibrationRun: Sendable, Hashable {
    /// What is trained.
    public var configuration: Configuration
    /// The share of its training steps, in (0, 1].
    public var trainingShare: Double
    /// Examples of the validation split, at least 1.
    public var validationExamples: Int

    /// A given part of a trial.
    public init(configuration: Configuration, trainingShare: Double, validationExamples: Int) {
        self.configuration = configuration
        self.trainingShare = trainingShare
        self.validationExamples = validationExamples
    }

    /// As many whole steps and whole batches of the validation split as the
    /// work allows, at least one of each.
    init(of trial: StudyForecast.Trial, data: DataFacts) {
        let training = trial.configuration.training
        let batch = max(training.batchSize, 1)
        let steps = max((data.trainExamples + batch - 1) / batch * training.epochs, 1)
        configuration = trial.configuration
        trainingShare = Double(Self.part(of: steps, Self.trainingWork / trial.work.training)) / Double(steps)
        let batches = max((data.validationExamples + Self.batch - 1) / Self.batch, 1)
        let examples = Self.batch * Self.part(of: batches, Self.evaluationWork / trial.work.evaluation)
        validationExamples = max(min(examples, data.validationExamples), 1)
    }

    private static func part(of whole: Int, _ share: Double) -> Int {
        share < 1 ? max(1, Int(share * Double(whole))) : whole
    }

    /// About three seconds on the machine of docs/decisions/0007.
    private static let trainingWork = 1.5e12
    /// About half of that.
    private static let evaluationWork = 0.75e12
    /// Of an evaluation.
    private static let batch = 32
}
