/// The special tokens around one text or two: `start A end`, and
/// `start A between B end`.
struct SequenceTemplate: Sendable, Hashable {
    let start: [Int32]
    /// Between the texts of a pair.
    let between: [Int32]
    let end: [Int32]
    /// The token type of a pair's second text and of the end behind it; all
    /// else has 0.
    let secondType: Int32

    /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, whose second part has
    /// type 1.
    static func bert(start: Int32, separator: Int32) -> SequenceTemplate {
        SequenceTemplate(start: [start], between: [separator], end: [separator], secondType: 1)
    }

    /// `<s> A </s>` and `<s> A </s></s> B </s>`, all of type 0.
    static func roberta(start: Int32, separator: Int32) -> SequenceTemplate {
        SequenceTemplate(start: [start], between: [separator, separator], end: [separator], secondType: 0)
    }

    var ids: [Int32] { start + between + end }

    /// How many special tokens a text or a pair has.
    func count(isPair: Bool) -> Int { start.count + end.count + (isPair ? between.count : 0) }

    /// - Parameter limit: the most ids that result, unless the special tokens
    ///   alone are more.
    func encoding(of text: [Int32], limit: Int) -> Encoding {
        let ids = start + text.prefix(max(0, limit - count(isPair: false))) + end
        return Encoding(ids: ids, typeIDs: [Int32](repeating: 0, count: ids.count))
    }

    /// The same of a pair; the longer text loses its end first.
    func encoding(of first: [Int32], and second: [Int32], limit: Int) -> Encoding {
        let counts = Self.longestFirst(
            first.count, second.count, limit: max(0, limit - count(isPair: true)))
        let left = start + first.prefix(counts.0) + between
        let right = second.prefix(counts.1) + end
        return Encoding(
            ids: left + right,
            typeIDs: [Int32](repeating: 0, count: left.count)
                + [Int32](repeating: secondType, count: right.count))
    }

    /// How many tokens of each text of a pair stay: the longer is cut to what
    /// the shorter leaves, or both to half of the limit, the odd one going to
    /// the longer (to the second when they are equal).
    static func longestFirst(_ first: Int, _ second: Int, limit: Int) -> (Int, Int) {
        guard first + second > limit else { return (first, second) }
        let shorter = min(first, second, limit / 2)
        return first > second ? (limit - shorter, shorter) : (shorter, limit - shorter)
    }
}
