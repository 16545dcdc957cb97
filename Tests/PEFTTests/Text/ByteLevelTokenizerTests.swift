import Experiments
import Foundation
import PEFT
import Testing

/// Byte-level BPE from the files of a model folder.
@Suite struct ByteLevelTokenizerTests {
    let folder: TemporaryFolder
    let text: String

    init() throws {
        folder = try TemporaryFolder()
        text = String(decoding: try readFile("\(fixture("byte-level/plain"))/tokenizer.json"), as: UTF8.self)
    }

    func tokenizer(replacing old: String, by new: String) throws -> Tokenizer {
        try #require(text.contains(old))
        _ = try folder.write("tokenizer.json", text.replacingOccurrences(of: old, with: new))
        return try Tokenizer(folder: folder.path)
    }

    @Test(arguments: [
        (#""normalizer":null"#, #""normalizer":{"type":"NFC"}"#, "normalizer"),
        (
            #""pre_tokenizer":{"type":"ByteLevel""#, #""pre_tokenizer":{"type":"Metaspace""#,
            "pre_tokenizer.type"
        ),
        (#""use_regex":true"#, #""use_regex":false"#, "pre_tokenizer.use_regex"),
        (#""add_prefix_space":false"#, #""add_prefix_space":1"#, "pre_tokenizer.add_prefix_space"),
        (#""dropout":null"#, #""dropout":0.1"#, "model.dropout"),
        (#""end_of_word_suffix":null"#, #""end_of_word_suffix":"</w>""#, "model.end_of_word_suffix"),
        (#""ignore_merges":false"#, #""ignore_merges":true"#, "model.ignore_merges"),
        (#""unk_token":null"#, #""unk_token":"?!""#, "model.unk_token"),
        (#""merges":["#, #""merges":["a b c","#, "model.merges[0]"),
        (#""merges":["#, #""merges":["Ġ zzz","#, "model.merges[0]"),
        (#""merges":["#, #""merges":[["Ġ"],"#, "model.merges[0]"),
        (#""merges":["#, #""merges":0,"x":["#, "model.merges"),
        (#""RobertaProcessing""#, #""ByteLevel""#, "post_processor.type"),
        (#""sep":["</s>",2]"#, #""sep":["</s>","2"]"#, "post_processor"),
        (#""content":"<right>""#, #""content":" right""#, "added_tokens"),
    ])
    func `what cannot be done as the file says is refused by its key`(old: String, new: String, key: String) {
        let error = #expect(throws: InputError.self) { try tokenizer(replacing: old, by: new) }
        #expect(error?.key == key)
    }

    @Test func `merges are also read as lines`() throws {
        let lines = try tokenizer(replacing: #"["Ġt","h"]"#, by: #""Ġt h""#)
        let pairs = try Tokenizer(folder: fixture("byte-level/plain"))
        let sentence = "The theory, that they'd thought of"
        #expect(
            lines.encode(sentence, maximumLength: 64) == pairs.encode(sentence, maximumLength: 64))
    }

    @Test func `a template says the same as the processor of RoBERTa`() throws {
        let start = try #require(text.range(of: #""post_processor":"#))
        let end = try #require(text.range(of: #","decoder""#))
        func special(_ token: String) -> String { #"{"SpecialToken":{"id":"\#(token)","type_id":0}}"# }
        func sequence(_ name: String) -> String { #"{"Sequence":{"id":"\#(name)","type_id":0}}"# }
        let single = [special("<s>"), sequence("A"), special("</s>")]
        let pair = single + [special("</s>"), sequence("B"), special("</s>")]
        let template =
            #"{"type":"TemplateProcessing","single":[\#(single.joined(separator: ","))],"#
            + #""pair":[\#(pair.joined(separator: ","))],"special_tokens":{"#
            + #""<s>":{"id":"<s>","ids":[0]},"</s>":{"id":"</s>","ids":[2]}}}"#
        _ = try folder.write(
            "tokenizer.json",
            text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: template))
        let usual = try Tokenizer(folder: fixture("byte-level/plain"))
        let other = try Tokenizer(folder: folder.path)
        for length in [5, 9, 64] {
            #expect(
                other.encode("the world", pair: "hello", maximumLength: length)
                    == usual.encode("the world", pair: "hello", maximumLength: length))
        }
        #expect(usual.encode("a", pair: "b", maximumLength: 9).typeIDs.allSatisfy { $0 == 0 })
    }

    /// `tokenizer.json` as the files of the older kind.
    func writeOlderFiles(merges change: (inout [String]) -> Void = { _ in }) throws {
        let model = try #require(try JSON.parse(Array(text.utf8))["model"])
        var vocabulary = try #require(model["vocab"]?.object)
        vocabulary["<mask>"] = 900
        var merges = try #require(model["merges"]?.array).map { merge in
            (merge.array ?? []).compactMap(\.string).joined(separator: " ")
        }
        merges.insert("#version: 0.2", at: 0)
        change(&merges)
        _ = try folder.write("vocab.json", JSON.object(vocabulary).canonicalText)
        _ = try folder.write("merges.txt", merges.joined(separator: "\n") + "\n")
    }

    @Test func `vocab json with merges txt gives the same ids`() throws {
        try writeOlderFiles()
        _ = try folder.write(
            "tokenizer_config.json", #"{"mask_token": {"content": "<mask>", "lstrip": true}}"#)
        let older = try Tokenizer(folder: folder.path)
        let newer = try Tokenizer(folder: fixture("byte-level/plain"))
        for text in ["Don't  stop, <mask> 12 \u{a0}crème brûlée!", "", "</s>x<pad> <unk>"] {
            #expect(
                older.encode(text, pair: "b", maximumLength: 40)
                    == newer.encode(text, pair: "b", maximumLength: 40))
        }
        #expect(older.vocabularySize == 901)
        _ = try folder.write("tokenizer_config.json", #"{"add_prefix_space": true}"#)
        #expect(
            try Tokenizer(folder: folder.path).encode("the", maximumLength: 9)
                == newer.encode(" the", maximumLength: 9))
    }

    @Test func `a wrong line of merges txt is refused with its number`() throws {
        for line in ["Ġ", "a b c", "Ġ zzz", "Ġ  t"] {
            try writeOlderFiles { $0.insert(line, at: 3) }
            let error = #expect(throws: InputError.self) { try Tokenizer(folder: folder.path) }
            #expect(error?.line == 4)
        }
        try writeOlderFiles()
        _ = try folder.write("vocab.json", #"{"a": 0, "a": 1}"#)
        #expect(throws: InputError.self) { try Tokenizer(folder: folder.path) }
    }

    @Test func `a byte without a token is unknown, or nothing`() throws {
        let tiny = #"{"type":"BPE","vocab":{"<s>":0,"</s>":1,"?":2,"a":3,"b":4,"ab":5},"merges":["a b"]"#
        let rest =
            #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"post_processor":{"#
            + #""type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0]}"#
        _ = try folder.write("tokenizer.json", #"{"model":\#(tiny)},\#(rest)}"#)
        #expect(
            try Tokenizer(folder: folder.path).encode("ab éabb", maximumLength: 64).ids == [0, 5, 5, 4, 1])
        _ = try folder.write("tokenizer.json", #"{"model":\#(tiny),"unk_token":"?"},\#(rest)}"#)
        #expect(
            try Tokenizer(folder: folder.path).encode("ab éabb", maximumLength: 64).ids
                == [0, 5, 2, 2, 2, 5, 4, 1])
    }

    @Test func `merges go by rank, then from the left`() throws {
        let model =
            #"{"vocab":{"<s>":0,"</s>":1,"a":2,"b":3,"aa":4,"aab":5,"ab":6},"#
            + #""merges":["a b","a a","aa b"]}"#
        let rest =
            #""pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"post_processor":{"#
            + #""type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0]}"#
        _ = try folder.write("tokenizer.json", #"{"model":\#(model),\#(rest)}"#)
        let tokenizer = try Tokenizer(folder: folder.path)
        #expect(tokenizer.encode("aaaaab", maximumLength: 64).ids == [0, 4, 4, 6, 1])
        #expect(tokenizer.encode("aaa", maximumLength: 64).ids == [0, 4, 2, 1])
    }

    @Test func `the time of a word of a million letters is that of many words`() throws {
        let tokenizer = try Tokenizer(folder: fixture("byte-level/plain"))
        for unit in ["the", "a", "ing", "'", "\u{3000}", "q7"] {
            let count = 1_000_000 / unit.utf8.count
            let clock = ContinuousClock()
            let long = String(repeating: unit, count: count)
            let time = clock.measure { _ = tokenizer.encode(long, pair: "b", maximumLength: 512) }
            // Quadratic time would be hours.
            #expect(time < .seconds(20), "\(unit)")
        }
    }
}
