/// Tokens that are cut out of a text whole, before it is split into words:
/// `[SEP]` in a text is the separator itself.
struct AddedTokens: Sendable {
    /// A stretch of a text: one of the tokens, or what lies between them.
    enum Piece {
        case token(Int32)
        case text(Range<Int>)
    }

    private var tokens = ByteTrie()
    private var firstBytes = [Bool](repeating: false, count: 256)

    /// False if the token is empty or stands there already.
    mutating func insert(_ token: [UInt8], id: Int32) -> Bool {
        guard let first = token.first, tokens.node(of: token).flatMap({ tokens.number(at: $0) }) == nil
        else { return false }
        tokens.insert(token, number: id)
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
            if start < index, !body(.text(start..<index)) { return }
            if !body(.token(match.number)) { return }
            index = match.end
            start = index
        }
        if start < text.count { _ = body(.text(start..<text.count)) }
    }
}
