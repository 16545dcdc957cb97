/// Splits normalized text into words: at white space, and around every
/// punctuation character, which is a word of its own (`BertPreTokenizer`).
enum WordSplitter {
    private enum Kind: UInt8 { case letter, whitespace, punctuation }

    private static let ascii: [Kind] = (0..<0x80).map { kind(of: Unicode.Scalar(UInt8($0))) }

    /// Calls `body` with each word and its number of scalars, until it returns
    /// false.
    static func forEachWord(of text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>, Int) -> Bool) {
        let ascii = ascii
        var start = range.lowerBound
        var scalars = 0
        var index = start
        while index < range.upperBound {
            let here = index
            let kind: Kind
            if text[index] < 0x80 {
                kind = ascii[Int(text[index])]
                index += 1
            } else {
                kind = Self.kind(of: text.nextScalar(at: &index))
            }
            if kind == .letter {
                scalars += 1
                continue
            }
            if start < here, !body(start..<here, scalars) { return }
            if kind == .punctuation, !body(here..<index, 1) { return }
            start = index
            scalars = 0
        }
        if start < range.upperBound { _ = body(start..<range.upperBound, scalars) }
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        let classes = ScalarTable.shared[scalar]
        if classes.contains(.whitespace) { return .whitespace }
        return classes.contains(.punctuation) ? .punctuation : .letter
    }
}
