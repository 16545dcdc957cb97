/// What exact costs and the hypervolume's rule need to know of the data.
public struct DataFacts: Sendable, Hashable {
    /// In the order of their ids; empty for a regression.
    public var labels: [String]
    public var trainExamples: Int
    public var validationExamples: Int
    public var testExamples: Int?
    /// Tokens in all training examples together, after truncation.
    public var trainTokens: Int
    public var validationTokens: Int
    /// The sum over validation examples of the squared token count: what
    /// attention costs.
    public var squaredTokens: Int
    /// The share of the validation split's most frequent label, or tag of a
    /// word: what a constant predictor reaches. 0 for a regression.
    public var majorityShare: Double
    /// Of a regression's training labels; nil for the other kinds.
    public var labelScale: LabelScale?

    public init(
        labels: [String], trainExamples: Int, validationExamples: Int, testExamples: Int?, trainTokens: Int,
        validationTokens: Int, squaredTokens: Int, majorityShare: Double, labelScale: LabelScale? = nil
    ) {
        self.labels = labels
        self.trainExamples = trainExamples
        self.validationExamples = validationExamples
        self.testExamples = testExamples
        self.trainTokens = trainTokens
        self.validationTokens = validationTokens
        self.squaredTokens = squaredTokens
        self.majorityShare = majorityShare
        self.labelScale = labelScale
    }

    /// How many numbers the head gives an example, or each of its tokens: one
    /// a label, one for a regression.
    public var outputs: Int { max(labels.count, 1) }
}
