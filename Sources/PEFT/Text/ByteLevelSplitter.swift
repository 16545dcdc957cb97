/// Splits text as GPT-2 does (Radford et al. 2019; `ByteLevel` of the Hugging
/// Face tokenizers), by the leftmost matches of
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// which leave nothing out. No match is looked at twice, so the time is linear
/// in the text.
enum ByteLevelSplitter {
    private static let blank = UInt8(ascii: " ")
    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.utf8) }

    /// Calls `body` with each word until it returns false.
    static func forEachWord(of text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Bool) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = endOfWord(text, start, range.upperBound)
            guard body(start..<end) else { return }
            start = end
        }
    }

    private static func endOfWord(_ text: [UInt8], _ start: Int, _ limit: Int) -> Int {
        let table = SplitTable.shared
        if let end = endOfContraction(text, start, limit) { return end }
        var index = start
        var kind = table.nextClass(in: text, at: &index)
        if kind == .whitespace {
            guard text[start] == blank, index < limit, !table.isWhitespace(text, at: index) else {
                return endOfWhitespace(text, start, limit)
            }
            kind = table.nextClass(in: text, at: &index)
        }
        return endOfRun(of: kind, text, index, limit)
    }

    private static func endOfRun(of kind: SplitClass, _ text: [UInt8], _ start: Int, _ limit: Int) -> Int {
        var end = start
        while end < limit {
            var next = end
            guard SplitTable.shared.nextClass(in: text, at: &next) == kind else { break }
            end = next
        }
        return end
    }

    /// All of the white space, but its last character where something follows
    /// and it is not the only one.
    private static func endOfWhitespace(_ text: [UInt8], _ start: Int, _ limit: Int) -> Int {
        let end = endOfRun(of: .whitespace, text, start, limit)
        guard end < limit else { return end }
        var last = end - 1
        while text[last] & 0xC0 == 0x80 { last -= 1 }
        return last > start ? last : end
    }

    private static func endOfContraction(_ text: [UInt8], _ start: Int, _ limit: Int) -> Int? {
        guard text[start] == UInt8(ascii: "'") else { return nil }
        for letters in contractions where text[(start + 1)..<limit].starts(with: letters) {
            return start + 1 + letters.count
        }
        return nil
    }
}
