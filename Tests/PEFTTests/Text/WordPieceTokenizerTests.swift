import Experiments
import Foundation
import PEFT
import Testing

@Suite struct WordPieceTokenizerTests {
    static let words = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##able", "##a", "a", "b", "é", "!", "A", "中",
    ]
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A tokenizer of `vocab.txt` alone.
    func tokenizer(options: String? = nil) throws -> Tokenizer {
        _ = try folder.write("vocab.txt", Self.words.joined(separator: "\n") + "\n")
        if let options { _ = try folder.write("tokenizer_config.json", options) }
        return try Tokenizer(folder: folder.path)
    }

    func ids(_ text: String, options: String? = nil) throws -> [Int32] {
        try tokenizer(options: options).encode(text, maximumLength: 64).ids
    }

    @Test func `a vocabulary alone gives the uncased tokenizer`() throws {
        #expect(try ids("Unable A!É") == [2, 5, 6, 8, 11, 1, 3])
        #expect(try tokenizer().vocabularySize == 14)
    }

    @Test func `the options of the vocabulary are heeded`() throws {
        #expect(try ids("A é", options: #"{"do_lower_case": false}"#) == [2, 12, 10, 3])
        #expect(try ids("A É", options: #"{"strip_accents": false}"#) == [2, 8, 10, 3])
        #expect(try ids("a中b", options: #"{"tokenize_chinese_chars": false}"#) == [2, 1, 3])
        #expect(try ids("<mask>", options: #"{"mask_token": {"content": "!"}}"#) == [2, 1, 1, 1, 3])
        #expect(throws: InputError.self) { try ids("", options: #"{"do_lower_case": "no"}"#) }
        #expect(throws: InputError.self) { try ids("", options: #"{"cls_token": "<s>"}"#) }
    }

    @Test func `special tokens in a text are themselves`() throws {
        #expect(try ids("a[SEP]b [MASK]") == [2, 8, 3, 9, 4, 3])
        #expect(try ids("[sep]") == [2, 1, 1, 1, 3])
    }

    @Test func `a NUL is dropped like other control characters`() throws {
        #expect(try ids("u\0n") == [2, 5, 3])
    }

    @Test func `a word of more than 100 characters is unknown`() throws {
        let tokenizer = try tokenizer()
        #expect(tokenizer.encode(String(repeating: "a", count: 100), maximumLength: 512).ids.count == 102)
        #expect(tokenizer.encode(String(repeating: "a", count: 101), maximumLength: 512).ids == [2, 1, 3])
        #expect(
            tokenizer.encode(String(repeating: "a", count: 1_000_000), maximumLength: 512).ids == [2, 1, 3])
    }

    /// Every edge of its trie lies in one corner of a table that multiplies by
    /// the golden ratio, as anybody may know who writes a vocabulary.
    private static func crowdedWord(count: Int) -> [UInt8] {
        let size = sequence(first: 64) { $0 * 2 }.first { $0 >= 2 * count + 1000 } ?? 64
        return (0..<UInt64(count)).map { node in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).min { a, b in
                func slot(_ byte: UInt8) -> UInt64 {
                    ((node << 8 | UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15) >> 32 & UInt64(size - 1)
                }
                return slot(a) < slot(b)
            } ?? 0
        }
    }

    @Test func `no vocabulary makes look-ups slow`() throws {
        let lines = Self.words.joined(separator: "\n") + "\n"
        _ = try folder.write("vocab.txt", Array(lines.utf8) + Self.crowdedWord(count: 400_000))
        let clock = ContinuousClock()
        let taken = try clock.measure { _ = try Tokenizer(folder: folder.path) }
        #expect(taken < .seconds(5), "\(taken)")
    }

    @Test(arguments: [
        (1, 1, 16, 1, 1), (9, 2, 8, 3, 2), (2, 9, 8, 2, 3), (9, 9, 8, 2, 3), (9, 8, 8, 3, 2), (9, 9, 9, 3, 3),
        (9, 9, 3, 0, 0), (0, 9, 8, 0, 5), (9, 9, 4, 0, 1),
    ])
    func `the longer of a pair is cut first`(first: Int, second: Int, maximum: Int, a: Int, b: Int) throws {
        let encoding = try tokenizer().encode(
            String(repeating: "a ", count: first), pair: String(repeating: "b ", count: second),
            maximumLength: maximum)
        #expect(
            encoding.ids == [2] + [Int32](repeating: 8, count: a) + [3] + [Int32](repeating: 9, count: b) + [
                3
            ])
        #expect(encoding.typeIDs == [Int32](repeating: 0, count: a + 2) + [Int32](repeating: 1, count: b + 1))
    }

    @Test func `special tokens are never cut`() throws {
        #expect(try tokenizer().encode("a", maximumLength: 0).ids == [2, 3])
        #expect(try tokenizer().encode("a", pair: "b", maximumLength: 0).ids == [2, 3, 3])
    }
}

@Suite struct TokenizerFileTests {
    let folder: TemporaryFolder
    let text: String

    init() throws {
        folder = try TemporaryFolder()
        text = String(decoding: try readFile("\(fixture("tokenizer"))/tokenizer.json"), as: UTF8.self)
    }

    func tokenizer(replacing old: String, by new: String) throws -> Tokenizer {
        try #require(text.contains(old))
        _ = try folder.write("tokenizer.json", text.replacingOccurrences(of: old, with: new))
        return try Tokenizer(folder: folder.path)
    }

    @Test(arguments: [
        (#""type":"WordPiece","unk_token""#, #""type":"Unigram","unk_token""#, "model.type"),
        (#""BertNormalizer""#, #""NFKC""#, "normalizer.type"),
        (#""clean_text":true"#, #""clean_text":1"#, "normalizer.clean_text"),
        (#""BertPreTokenizer""#, #""Metaspace""#, "pre_tokenizer.type"),
        (#""TemplateProcessing""#, #""ByteLevel""#, "post_processor.type"),
        (#""unk_token":"[UNK]""#, #""unk_token":"<unk>""#, "model.unk_token"),
        (#""single_word":false"#, #""single_word":true"#, "added_tokens"),
        (#"{"id":0,"content":"[PAD]""#, #"{"id":1,"content":"[PAD]""#, "added_tokens"),
        (#"{"id":"B","type_id":1}"#, #"{"id":"B","type_id":0}"#, "post_processor"),
        (#""ids":[2]"#, #""ids":[-1]"#, "post_processor"),
    ])
    func `what cannot be done as the file says is refused by its key`(old: String, new: String, key: String) {
        let error = #expect(throws: InputError.self) { try tokenizer(replacing: old, by: new) }
        #expect(error?.key == key)
    }

    @Test(arguments: [
        (#""[PAD]":0"#, #""[PAD]":-1"#), (#""[PAD]":0"#, #""[PAD]":4294967296"#),
        (#""[PAD]":0"#, #""[PAD]":0,"[PAD]":0"#), (#""vocab":"#, #""vocabulary":"#), (#""model":"#, #""x":"#),
        (#""version""#, #""truncation""#),
    ])
    func `a vocabulary or file that is malformed is refused`(old: String, new: String) {
        #expect(throws: InputError.self) { try tokenizer(replacing: old, by: new) }
    }

    @Test func `the other way to name the special tokens is the same`() throws {
        let start = try #require(text.range(of: #""post_processor":"#))
        let end = try #require(text.range(of: #","decoder""#))
        let processor = #"{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}"#
        _ = try folder.write(
            "tokenizer.json",
            text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: processor))
        let other = try Tokenizer(folder: folder.path)
        let usual = try Tokenizer(folder: fixture("tokenizer"))
        #expect(
            other.encode("the world", pair: "hello", maximumLength: 9)
                == usual.encode("the world", pair: "hello", maximumLength: 9))
    }

    @Test func `two spellings of a character are two tokens`() throws {
        let both = text.replacingOccurrences(of: #""able":"#, with: #""\u00e9\u00e9":"#)
            .replacingOccurrences(of: #""ness":"#, with: #""e\u0301e\u0301":"#)
        _ = try folder.write("tokenizer.json", both)
        #expect(try Tokenizer(folder: folder.path).vocabularySize == 3_554)
    }

    @Test func `a folder without a tokenizer is refused`() {
        #expect(
            throws: InputError(
                folder.path, reason: "has neither tokenizer.json nor vocab.txt nor vocab.json with merges.txt"
            )
        ) {
            try Tokenizer(folder: folder.path)
        }
    }
}
