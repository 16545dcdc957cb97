/// A stretch of words of one type.
public struct Span: Sendable, Hashable {
    public let type: Substring
    /// Counted from 0.
    public let words: ClosedRange<Int>

    /// The spans of a sentence's tags, in their order.
    static func spans(of tags: [SpanTag]) -> [Span] {
        var spans: [Span] = []
        var previous = SpanTag.outside
        var begin = 0
        for (index, tag) in (tags + [.outside]).enumerated() {
            if SpanTag.endsSpan(previous, tag) {
                spans.append(Span(type: previous.type, words: begin...index - 1))
            }
            if SpanTag.beginsSpan(previous, tag) { begin = index }
            previous = tag
        }
        return spans
    }
}
