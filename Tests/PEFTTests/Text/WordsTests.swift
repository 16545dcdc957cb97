import PEFT
import Testing

/// Words that come apart already.
@Suite struct WordsTests {
    private func encode(_ words: [String], _ maximumLength: Int = 40) throws -> (ids: [Int32], first: [Int32])
    {
        let tokenizer = try Tokenizer(folder: fixture("golden/tiny-bert"))
        let (encoding, first) = tokenizer.encode(words: words, maximumLength: maximumLength)
        #expect(encoding.typeIDs == [Int32](repeating: 0, count: encoding.ids.count))
        return (encoding.ids, first)
    }

    @Test func `words give the tokens of their text, and each knows its first`() throws {
        let tokenizer = try Tokenizer(folder: fixture("golden/tiny-bert"))
        let (ids, first) = try encode(["the", "dogs", "ran.", "it"])
        #expect(ids == tokenizer.encode("the dogs ran. it", maximumLength: 40).ids)
        #expect(first == [1, 2, 4, 6])
    }

    @Test func `a word without tokens has no first, and neither has one that was cut off`() throws {
        let (ids, first) = try encode(["the", "\u{0}\u{200B}", "", "dogs"])
        #expect(first == [1, -1, -1, 2] && ids.count == 5)
        let (cut, firsts) = try encode(["the", "dogs", "ran", "it"], 5)
        #expect(cut.count == 5 && firsts == [1, 2, -1, -1])
        // The word that is cut in its middle keeps its first token.
        #expect(try encode(["the", "dogs"], 4).first == [1, 2])
        #expect(try encode(["the"], 2).first == [-1])
    }
}
