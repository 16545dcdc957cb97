/// Tokens that are cut out of a text whole, before it is split into words:
/// `[SEP]` in a text is the separator itself.
struct AddedTokens: Sendable {
    /// A stretch of a text: one of the tokens, or what lies between them.
    enum Piece {
        case token(Int32)
        case text(Range<Int>)
    }

    /// The sides on which a token takes the white space beside it along.
    struct Strip: OptionSet, Sendable {
        let rawValue: UInt8
        static let left = Strip(rawValue: 1)
        static let right = Strip(rawValue: 2)
    }

    private var tokens = ByteTrie()
    private var entries: [(id: Int32, strip: Strip)] = []
    private var firstBytes = [Bool](repeating: false, count: 256)

    /// False if the token is empty or stands there already.
    mutating func insert(_ token: [UInt8], id: Int32, strip: Strip = []) -> Bool {
        guard let first = token.first, tokens.node(of: token).flatMap({ tokens.number(at: $0) }) == nil
        else { return false }
        tokens.insert(token, number: Int32(entries.count))
        entries.append((id, strip))
        firstBytes[Int(first)] = true
        return true
    }

    /// Cuts a text at the leftmost, then longest tokens, from left to right.
    /// `body` returns whether to go on.
    func forEachPiece(of text: [UInt8], _ body: (Piece) -> Bool) {
        var start = 0
        var index = 0
        while index < text.count {
            guard firstBytes[Int(text[index])],
                let match = tokens.longestMatch(in: text, index..<text.count)
            else {
                index += 1
                continue
            }
            let (id, strip) = entries[Int(match.number)]
            let end = strip.contains(.left) ? text.endWithoutWhitespace(start, index) : index
            if start < end, !body(.text(start..<end)) { return }
            if !body(.token(id)) { return }
            index = match.end
            start = strip.contains(.right) ? text.startWithoutWhitespace(index) : index
        }
        if start < text.count { _ = body(.text(start..<text.count)) }
    }
}

extension Array<UInt8> {
    /// Where a part ends when the white space at its end does not count.
    fileprivate func endWithoutWhitespace(_ lower: Int, _ upper: Int) -> Int {
        var end = upper
        while end > lower {
            var start = end - 1
            while start > lower, self[start] & 0xC0 == 0x80 { start -= 1 }
            guard SplitTable.shared.isWhitespace(self, at: start) else { break }
            end = start
        }
        return end
    }

    /// The first place from an index on without white space.
    fileprivate func startWithoutWhitespace(_ index: Int) -> Int {
        var index = index
        while index < count, SplitTable.shared.isWhitespace(self, at: index) { _ = nextScalar(at: &index) }
        return index
    }
}
