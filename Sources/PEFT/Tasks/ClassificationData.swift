/// A text or pair of texts with its label.
public struct Example: Sendable, Hashable {
    public var text: String
    public var pair: String?
    /// The position of its label in `ClassificationData.labels`.
    public var label: Int

    public init(text: String, pair: String? = nil, label: Int) {
        self.text = text
        self.pair = pair
        self.label = label
    }
}

/// The splits of a classification task.
public struct ClassificationData: Sendable, Hashable {
    /// The labels of the training file: in the order of their numbers if all
    /// are whole numbers, else in that of their bytes. At least two.
    public var labels: [String]
    /// None of the splits is empty; all are in the order of their files.
    public var train: [Example]
    public var validation: [Example]
    public var test: [Example]?

    public init(labels: [String], train: [Example], validation: [Example], test: [Example]? = nil) {
        self.labels = labels
        self.train = train
        self.validation = validation
        self.test = test
    }
}
