/// The words of a sentence with the positions of their tags among the task's.
public struct TaggedSentence: Sendable, Hashable {
    public var words: [String]
    /// As many as words.
    public var tags: [Int]

    public init(words: [String], tags: [Int]) {
        self.words = words
        self.tags = tags
    }
}
