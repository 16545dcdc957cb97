import Experiments
import PEFT

extension HostileReader {
    /// The files of a tokenizer, and texts.
    static let tokenizerFiles: [(name: String, make: @Sendable () throws -> HostileReader)] = [
        ("tokenizer_file", { try tokenizerFile() }), ("word_piece_folder", { try wordPieceFolder() }),
        ("byte_level_folder", { try byteLevelFolder() }), ("text", { try text() }),
    ]

    private static let tokens = [
        "[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "<s>", "</s>", "<mask>", "##", "##a", "a", "th", "Ġt",
        "Ġ", "é", "e\u{301}", " ", "中", "한",
    ]

    /// What no writer thought of.
    static let oddText =
        " \u{A0}[MASK] <mask> e\u{301}\u{327}\u{327}E\u{301} 中文한글 don't 'S  \t\r\n\u{85}\u{200D}"
        + "\u{FFFD}\u{1F468}\u{200D}\u{1F469} ##a ĠĠ aaaaaaaaaaaaaaaaaaaaaaaaaa 1234½ ---"

    private static func use(_ tokenizer: Tokenizer) throws {
        for length in [0, 1, 3, 1000] {
            try check(tokenizer.encode(oddText, maximumLength: length), tokenizer)
            try check(tokenizer.encode("the cat", pair: oddText, maximumLength: length), tokenizer)
        }
    }

    private static func check(_ encoding: Encoding, _ tokenizer: Tokenizer) throws {
        try require(encoding.ids.count == encoding.typeIDs.count, "not every id has a type")
        try require(
            encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize },
            "an id lies beyond the vocabulary")
    }

    private static func tokenizerFile() throws -> HostileReader {
        let folder = try ScratchFolder()
        let seeds = try ["tokenizer", "byte-level/plain", "byte-level/prefix-space"].map { name in
            try smaller(Fixtures.json("\(name)/tokenizer.json"))
        }
        return HostileReader(
            "tokenizer_file", seeds: seeds.map { Array($0.canonicalText.utf8) },
            mutation: JSONMutation(
                words: tokens + [
                    "model", "vocab", "merges", "type", "BPE", "WordPiece", "lstrip", "rstrip", "normalized",
                    "BertNormalizer", "ByteLevel", "TemplateProcessing", "RobertaProcessing",
                    "special_tokens",
                    "Sequence", "SpecialToken", "type_id", "id", "content", "cls", "sep",
                ]), isWellFormed: isJSON
        ) { input in
            _ = try folder.write("tokenizer.json", input)
            try use(Tokenizer(folder: folder.path))
        }
    }

    /// A tokenizer with fewer tokens, so that a change hits something else, too.
    private static func smaller(_ json: JSON) -> JSON {
        guard var members = json.object, var model = members["model"]?.object,
            let vocabulary = model["vocab"]?.object
        else { return json }
        let kept = vocabulary.filter { $0.value.integer ?? 0 < 90 }
        model["vocab"] = .object(kept)
        model["merges"] = model["merges"]?.array.map { merges in
            .array(
                merges.filter { merge in
                    let halves = (merge.array ?? []).compactMap(\.string)
                    return (halves + [halves.joined()]).allSatisfy { kept[$0] != nil }
                })
        }
        members["model"] = .object(model)
        members["added_tokens"] = renumbered(json["added_tokens"]?.array ?? [], after: kept)
        return .object(members)
    }

    /// Added tokens that are not in the vocabulary have the ids after it.
    private static func renumbered(_ tokens: [JSON], after vocabulary: [String: JSON]) -> JSON {
        var next = vocabulary.count
        return .array(
            tokens.map { token in
                guard var members = token.object, let content = token["content"]?.string,
                    vocabulary[content] == nil
                else { return token }
                members["id"] = .integer(next)
                next += 1
                return .object(members)
            })
    }

    private static let options = JSONMutation(
        words: tokens + [
            "cls_token", "sep_token", "unk_token", "mask_token", "content", "lstrip", "do_lower_case",
            "strip_accents", "tokenize_chinese_chars", "add_prefix_space",
        ])

    private static func wordPieceFolder() throws -> HostileReader {
        let folder = try ScratchFolder()
        return HostileReader(
            "word_piece_folder",
            seeds: [
                BundleMutation.input([
                    try Fixtures.bytes("\(Fixtures.tinyBERT)/vocab.txt"),
                    Array(
                        #"{"cls_token":{"content":"[CLS]"},"do_lower_case":true,"strip_accents":null}"#.utf8),
                ])
            ],
            mutation: BundleMutation(parts: [LineMutation(separator: 0x23, fields: tokens), options])
        ) { input in
            let files = BundleMutation.files(in: input, count: 2)
            _ = try folder.write("vocab.txt", files[0])
            _ = try folder.write("tokenizer_config.json", files[1])
            try use(Tokenizer(folder: folder.path))
        }
    }

    private static func byteLevelFolder() throws -> HostileReader {
        let folder = try ScratchFolder()
        return HostileReader(
            "byte_level_folder",
            seeds: [
                BundleMutation.input([
                    try Fixtures.bytes("\(Fixtures.tinyRoBERTa)/vocab.json"),
                    try Fixtures.bytes("\(Fixtures.tinyRoBERTa)/merges.txt"),
                    Array(
                        #"{"mask_token":{"content":"<mask>","lstrip":true},"add_prefix_space":false}"#.utf8),
                ])
            ],
            mutation: BundleMutation(parts: [
                JSONMutation(words: tokens), LineMutation(separator: 0x20, fields: tokens), options,
            ])
        ) { input in
            let files = BundleMutation.files(in: input, count: 3)
            _ = try folder.write("vocab.json", files[0])
            _ = try folder.write("merges.txt", files[1])
            _ = try folder.write("tokenizer_config.json", files[2])
            try use(Tokenizer(folder: folder.path))
        }
    }

    /// Any text at all, by tokenizers that are right.
    private static func text() throws -> HostileReader {
        let tokenizers = try ["tokenizer", "byte-level/plain", "byte-level/prefix-space"]
            .map { try Tokenizer(folder: Fixtures.path($0)) }
        return HostileReader(
            "text", seeds: [Array(oddText.utf8), Array("the cat sees".utf8)],
            mutation: LineMutation(
                separator: 0x20, fields: tokens,
                words: [
                    "\u{301}", "\u{327}", "\u{AC00}", "\u{2126}", "\u{FB03}", "İ", "ß", "'re", "\u{3000}",
                ])
        ) { input in
            let text = String(decoding: input, as: UTF8.self)
            for tokenizer in tokenizers {
                try check(tokenizer.encode(text, maximumLength: input.count % 7 * 10), tokenizer)
                try check(tokenizer.encode(text, pair: text, maximumLength: 1000), tokenizer)
                let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                let (encoding, first) = tokenizer.encode(words: words, maximumLength: 100)
                try check(encoding, tokenizer)
                try require(
                    first.count == words.count && first.allSatisfy { $0 < Int32(encoding.ids.count) },
                    "a word's first token lies behind the end")
            }
        }
    }
}
