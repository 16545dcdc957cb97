import Experiments
import Foundation
import PEFT
import Testing

@Suite struct DatasetReaderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func read(
        _ bytes: some Collection<UInt8>, as name: String, text: [String] = ["text"],
        limits: DatasetReader.Limits = .init()
    ) throws -> [Row] {
        let path = try folder.write(name, bytes)
        let file = DataFile(path: path)
        let task = TaskDefinition(
            train: file, validation: .share(0.1), text: text, label: "label", maximumLength: 8)
        return try DatasetReader.read(file: file, task: task, limits: limits)
    }

    func read(_ content: String, as name: String, text: [String] = ["text"]) throws -> [Row] {
        try read(Array(content.utf8), as: name, text: text)
    }

    func error(_ content: String, as name: String, text: [String] = ["text"]) throws -> InputError {
        try #require(throws: InputError.self) { try read(content, as: name, text: text) }
    }

    let expected = [Row(line: 2, text: "good", label: "1"), Row(line: 3, text: "bad", label: "0")]

    @Test(arguments: ["\n", "\r\n"], ["", "\n", "\n\n \n"])
    func `line breaks of either kind and blank lines at the end change nothing`(
        lineBreak: String, end: String
    ) throws {
        func content(_ separator: String) -> String {
            [["text", "label"], ["good", "1"], ["bad", "0"]].map { $0.joined(separator: separator) }
                .joined(separator: lineBreak) + end
        }
        #expect(try read(content("\t"), as: "a.tsv") == expected)
        #expect(try read(content(","), as: "a.csv") == expected)
        let objects = [#"{"text":"good","label":1}"#, #"{"label":"0","text":"bad"}"#]
        let rows = try read(objects.joined(separator: lineBreak) + end, as: "a.jsonl")
        #expect(rows.map(\.text) == ["good", "bad"])
        #expect(rows.map(\.label) == ["1", "0"])
    }

    @Test(arguments: ["tsv", "csv", "jsonl"])
    func `a byte order mark at the start is skipped`(format: String) throws {
        let content =
            switch format {
            case "tsv": "text\tlabel\ngood\t1"
            case "csv": "text,label\ngood,1"
            default: #"{"text":"good","label":1}"#
            }
        #expect(try read("\u{FEFF}" + content, as: "a." + format).map(\.text) == ["good"])
    }

    @Test func `the extension tells the format`() throws {
        #expect(try read("text\tlabel\n", as: "A.TSV").isEmpty)
        #expect(try read("{\"text\":\"a\",\"label\":1}", as: "a.json").count == 1)
        #expect(
            try error("", as: "a.txt").reason
                == "expected a name that ends with .tsv, .csv, .jsonl, .json or .conll")
        #expect(throws: InputError.self) { try read("", as: "csv") }
    }

    @Test(arguments: ["a.tsv", "a.csv"])
    func `an empty file is refused`(name: String) throws {
        #expect(try error("", as: name).reason == "is empty")
    }

    @Test func `columns are found by name, other ones passed over`() throws {
        #expect(
            try read("id\tb\tlabel\ta\n7\tsecond\t1\tfirst", as: "a.tsv", text: ["a", "b"])
                == [Row(line: 2, text: "first", pair: "second", label: "1")])
    }

    @Test func `a missing column is refused with those there are and the nearest`() throws {
        let wanted = "there is no such column; there are sentence, label"
        for (name, content) in [("a.tsv", "sentence\tlabel\n"), ("a.csv", "sentence,label\n")] {
            let error = try error(content, as: name, text: ["sentense"])
            #expect(error.reason == wanted)
            #expect(error.suggestion == "sentence")
            #expect(error.line == 1 && error.key == "sentense")
        }
        let json = try error(#"{"sentence":"a","label":1}"#, as: "a.jsonl", text: ["sentense"])
        #expect(json.reason == "there is no such column; there are label, sentence")
        #expect(json.suggestion == "sentence")
    }

    @Test func `two columns of the name that is needed are refused`() throws {
        #expect(try error("text\ttext\tlabel\n", as: "a.tsv").reason == "two columns have this name")
        #expect(try read("\t\ttext\tlabel\n", as: "a.tsv").isEmpty)
    }

    @Test func `a row with another number of columns is refused by its line`() throws {
        let tabs = try error("text\tlabel\na\t1\nb\n", as: "a.tsv")
        #expect(tabs.line == 3 && tabs.reason == "expected 2 columns, found 1")
        let commas = try error("text,label\n\"a\nb\",1\n\"c\nd\",1,2\n", as: "a.csv")
        #expect(commas.line == 4 && commas.reason == "expected 2 columns, found 3")
    }

    @Test(arguments: [
        ("a.tsv", "text\tlabel\na\t"), ("a.csv", "text,label\na,\"\""),
        ("a.jsonl", "\n{\"text\":\"a\",\"label\":null}"),
        ("a.jsonl", "\n{\"text\":\"a\",\"label\":\"\"}"),
    ])
    func `an empty label is refused`(name: String, content: String) throws {
        let error = try error(content, as: name)
        #expect(error.reason == "the label is empty")
        #expect(error.line == 2 && error.key == "label")
    }

    @Test func `quotation marks in a TSV file are characters like others`() throws {
        let rows = try read("text\tlabel\n\"he said\t1\na \"b\" c\"\"\t0\n", as: "a.tsv")
        #expect(rows.map(\.text) == ["\"he said", "a \"b\" c\"\""])
    }

    @Test func `quoted CSV fields hold commas, quotes and line breaks`() throws {
        let rows = try read("text,\"label\"\n\"a, \"\"b\"\"\r\n\n c\",1\n\"\",\"x\"\nd,2", as: "a.csv")
        #expect(
            rows == [
                Row(line: 2, text: "a, \"b\"\n\n c", label: "1"), Row(line: 5, text: "", label: "x"),
                Row(line: 6, text: "d", label: "2"),
            ])
    }

    @Test func `wrong quoting is refused where it begins`() throws {
        let open = try error("text,label\na,1\n\"b,1\nc,2\nd,3", as: "a.csv")
        #expect(open.line == 3 && open.reason == "the double quote is never closed")
        let after = try error("text,label\n\"a\"b,1", as: "a.csv")
        #expect(after.line == 2 && after.reason.hasPrefix("expected a comma"))
        let within = try error("text,label\na\"b,1", as: "a.csv")
        #expect(within.line == 2 && within.reason == "a double quote within a field without quotes")
    }

    @Test func `numbers and truth values in JSON are labels by their text`() throws {
        let rows = try read(
            "{\"text\":\"\",\"label\":3}\n{\"text\":\"\",\"label\":2.5}\n{\"text\":\"\",\"label\":true}",
            as: "a.jsonl")
        #expect(rows.map(\.label) == ["3", "2.5", "true"])
    }

    @Test(arguments: [
        "[]", "1", "{", #"{"text":"a","text":"b","label":1}"#, #"{"text":1,"label":1}"#,
        #"{"text":"a","label":[1]}"#,
        #"{"text":"a","label":NaN}"#, #"{"text":"\u0000","label":1}"#, #"{"text":"\ud800","label":1}"#,
        #"{"text":"a","label":1} {}"#,
    ])
    func `a wrong JSON line is refused by its line`(line: String) throws {
        #expect(try error("{\"text\":\"a\",\"label\":1}\n\(line)", as: "a.jsonl").line == 2)
    }

    @Test func `text that is no UTF-8 and NUL are refused by their line`() throws {
        for bad in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0]] as [[UInt8]] {
            let tabs = Array("text\tlabel\na\t1\n".utf8) + bad + Array("\t1\n".utf8)
            #expect(try #require(throws: InputError.self) { try read(tabs, as: "a.tsv") }.line == 3)
            let commas = Array("text,label\n\"a\n\",1\n\"".utf8) + bad + Array("\",1\n".utf8)
            #expect(try #require(throws: InputError.self) { try read(commas, as: "a.csv") }.line == 4)
            let json = Array("{\"text\":\"".utf8) + bad + Array("\",\"label\":1}".utf8)
            #expect(try #require(throws: InputError.self) { try read(json, as: "a.jsonl") }.line == 1)
        }
    }

    @Test func `the limits hold`() throws {
        var limits = DatasetReader.Limits()
        limits.line = 12
        limits.columns = 2
        func error(_ content: String, _ name: String) throws -> InputError {
            try #require(throws: InputError.self) { try read(Array(content.utf8), as: name, limits: limits) }
        }
        #expect(
            try read(Array("text\tlabel\r\n0123456789\t1\n".utf8), as: "a.tsv", limits: limits).count == 1)
        #expect(
            try error("text\tlabel\n0123456789A\t1\n", "a.tsv").reason == "the line is longer than 12 bytes")
        #expect(try error("text\tlabel\n0123456789ABC", "a.tsv").line == 2)
        #expect(
            try error("text,label\n\"012\n456\n890\n\",1", "a.csv").reason.hasPrefix("the record is longer"))
        #expect(try error("a\tb\tc\n", "a.tsv").reason == "has more than 2 columns")
        #expect(try error("a,b,c\n", "a.csv").reason == "has more than 2 columns")
        #expect(try error(#"{"text":"a"}"# + "\n\n{\"a\":1,\"b\":2}", "a.jsonl").line == 1)
        limits.line = 100
        #expect(try error(#"{"text":"a","label":1,"c":2}"#, "a.jsonl").reason == "has more than 2 columns")
        limits.lines = 2
        #expect(try read(Array("text\tlabel\na\t1\n".utf8), as: "a.tsv", limits: limits).count == 1)
        let many = try error("text\tlabel\na\t1\n\n", "a.tsv")
        #expect(many.reason == "has more than 2 lines" && many.line == 3)
        limits.file = 10
        #expect(try error("text\tlabel\n", "a.tsv").reason == "has 11 bytes; at most 10 are read")
    }

    @Test func `a file with another hash than the study's is refused with both`() throws {
        let content = "text\tlabel\ngood\t1\n"
        var file = DataFile(path: try folder.write("a.tsv", content))
        let task = TaskDefinition(
            train: file, validation: .share(0.1), text: ["text"], label: "label", maximumLength: 8)
        let hash = ContentHash.sha256(of: Array(content.utf8))
        file.sha256 = hash
        #expect(try DatasetReader.read(file: file, task: task).count == 1)
        file.sha256 = String(repeating: "0", count: 64)
        let error = try #require(throws: InputError.self) { try DatasetReader.read(file: file, task: task) }
        #expect(error.reason.contains(hash) && error.reason.contains(String(repeating: "0", count: 64)))
    }

    @Test func `no mutated file crashes the reader`() throws {
        let files = [
            "a.tsv": "text\tlabel\nün \"go\t1\nb\t0\n", "a.csv": "text,label\n\"a, \"\"b\"\"\n\",1\nb,0\n",
            "a.jsonl": "{\"text\":\"a\\u00e9\",\"label\":1}\n{\"text\":\"b\",\"label\":\"0\"}\n",
        ]
        var generator = SeededGenerator(seed: 7, purpose: "mutation")
        var refused = 0
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<1_000 {
                var bytes = Array(content.utf8)
                for _ in 0...generator.index(below: 3) {
                    let position = generator.index(below: bytes.count)
                    switch generator.index(below: 3) {
                    case 0: bytes[position] = UInt8(truncatingIfNeeded: generator.next())
                    case 1: bytes.remove(at: position)
                    default: bytes.insert(bytes[generator.index(below: bytes.count)], at: position)
                    }
                }
                do { _ = try read(bytes, as: name) } catch is InputError { refused += 1 }
            }
        }
        #expect(refused > 500 && refused < 3_000)
    }
}
