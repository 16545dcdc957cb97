import Experiments
import Testing

@Suite struct JSONCanonicalTextTests {
    @Test func `members are sorted by the bytes of their names`() throws {
        let value: JSON = ["é": 1, "z": 2, "Z": 3, "a": 4, "aa": 5, "": 6, "\u{1F600}": 7, "\u{FF21}": 8]
        #expect(value.canonicalText == #"{"":6,"Z":3,"a":4,"aa":5,"z":2,"é":1,"Ａ":8,"😀":7}"#)
    }

    @Test func `a whole number has one text in either form`() {
        #expect(JSON.integer(8).canonicalText == "8" && JSON.number(8).canonicalText == "8")
        #expect(
            JSON.number(-3).canonicalText == "-3" && JSON.number(1e15).canonicalText == "1000000000000000")
    }

    @Test(arguments: [
        (0.1, "0.1"), (-0.0, "-0.0"), (1e-7, "1e-07"), (1e22, "1e+22"), (.leastNonzeroMagnitude, "5e-324"),
        (1.5, "1.5"),
        (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (0x1p53, "9007199254740992.0"),
        (-0x1p63, "-9.223372036854776e+18"), (0x1p63, "9.223372036854776e+18"), (.nan, "null"),
        (.infinity, "null"),
    ])
    func `other numbers have the shortest text`(value: Double, text: String) {
        #expect(JSON.number(value).canonicalText == text)
    }

    @Test func `10,000 doubles of all sizes read back bit for bit`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<10_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let read = try JSON.parse(JSON.number(value).canonicalText)
            #expect(read.number?.bitPattern == value.bitPattern, "\(value)")
            #expect(read == .number(value))
        }
    }

    @Test func `strings are escaped where they must be and nowhere else`() throws {
        let text = "\"\\\n\r\t\u{1}\u{1F}/\u{7F}é\u{2028}😀"
        let written = JSON.string(text).canonicalText
        #expect(written == "\"\\\"\\\\\\n\\r\\t\\u0001\\u001f/\u{7F}é\u{2028}😀\"")
        #expect(try JSON.parse(written).string == text)
    }

    /// Values that are alike.
    struct Pair {
        let a, b: JSON
        let areEqual: Bool

        init(_ a: JSON, _ b: JSON, areEqual: Bool) {
            self.a = a
            self.b = b
            self.areEqual = areEqual
        }
    }

    static let pairs: [Pair] = [
        Pair(.integer(8), .number(8), areEqual: true), Pair(.integer(0), .number(0), areEqual: true),
        Pair(.integer(0), .number(-0.0), areEqual: false), Pair(.number(0), .number(-0.0), areEqual: false),
        Pair(.integer(1 << 53), .number(0x1p53), areEqual: false),
        Pair(.integer(1 << 53 + 1), .number(0x1p53), areEqual: false),
        Pair(.integer(1 << 53 - 1), .number(0x1p53 - 1), areEqual: true),
        Pair(.integer(.min), .number(-0x1p63), areEqual: false),
        Pair(.string("\u{E9}"), .string("e\u{301}"), areEqual: false),
        Pair(["\u{E9}": 1], ["e\u{301}": 1], areEqual: false),
        Pair(["a": [1, 2.0]], ["a": [1.0, 2]], areEqual: true), Pair([1, 2], [2, 1], areEqual: false),
        Pair(nil, false, areEqual: false), Pair(1, true, areEqual: false), Pair("1", 1, areEqual: false),
        Pair(["a": nil], [:], areEqual: false),
    ]

    @Test func `values are equal exactly when their texts are`() {
        for pair in Self.pairs {
            let (a, b) = (pair.a, pair.b)
            #expect((a == b) == pair.areEqual && (b == a) == pair.areEqual, "\(a), \(b)")
            let (textA, textB) = (Array(a.canonicalText.utf8), Array(b.canonicalText.utf8))
            #expect((textA == textB) == pair.areEqual, "\(a), \(b)")
            if pair.areEqual { #expect(a.hashValue == b.hashValue) }
        }
    }

    @Test func `the indented text is the same value`() throws {
        let value: JSON = ["b": [["c": [1, 2]], [:]], "a": [1, 2, 3], "d": []]
        #expect(try JSON.parse(value.indentedText) == value)
        #expect(value.indentedText.hasPrefix("{\n  \"a\": [1,2,3],\n  \"b\": [\n    {"))
    }

    @Test func `an unknown stays an unknown`() {
        #expect(JSON(Double.nan) == .null && JSON(nil as Double?) == .null && JSON(nil as Int?) == .null)
        #expect(JSON(0.5) == 0.5 && JSON("x" as String?) == "x")
    }

    @Test func `content hashes are SHA-256 of the canonical text`() {
        #expect(
            ContentHash.sha256(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            ContentHash.sha256(of: ["b": 1.0, "a": 2])
                == ContentHash.sha256(of: Array(#"{"a":2,"b":1}"#.utf8)))
    }
}
