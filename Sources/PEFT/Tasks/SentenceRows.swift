/// A sentence as a file of tagged words holds it.
public struct SentenceRows: Sendable, Hashable {
    /// The line of the first word, from 1; the others follow, a line each.
    public var line: Int
    public var words: [String]
    /// As they are written, as many as words; empty where they are not read.
    public var tags: [String]
}
