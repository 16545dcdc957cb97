/// The splits of a task.
public struct TaskSplits<Element: Sendable & Hashable>: Sendable, Hashable {
    /// The labels or tags of the whole training file: in the order of their
    /// numbers if all are whole numbers, else in that of their bytes. At least
    /// two; empty for a regression.
    public var labels: [String]
    /// None of the splits is empty; all are in the order of their files.
    public var train: [Element]
    public var validation: [Element]
    public var test: [Element]?

    public init(labels: [String], train: [Element], validation: [Element], test: [Element]? = nil) {
        self.labels = labels
        self.train = train
        self.validation = validation
        self.test = test
    }
}
