/// What a task takes from one row of a data file.
public struct Row: Sendable, Hashable {
    /// The line on which the row begins, from 1.
    public var line: Int
    public var text: String
    /// The second text where the task has two.
    public var pair: String?
    /// As it is written; empty only where no labels are read.
    public var label: String

    public init(line: Int, text: String, pair: String? = nil, label: String) {
        self.line = line
        self.text = text
        self.pair = pair
        self.label = label
    }
}
