import Experiments
import Testing

@Suite struct JSONParsingTests {
    func refusal(_ text: String, limits: JSON.Limits = JSON.Limits()) -> String? {
        refusal(Array(text.utf8), limits: limits)
    }

    func refusal(_ bytes: [UInt8], limits: JSON.Limits = JSON.Limits()) -> String? {
        do {
            _ = try JSON.parse(bytes, limits: limits)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `every kind of value is read`() throws {
        let text = #" { "a" : [ 1 , -2.5e3 , true , false , null ] , "b" : { } , "c" : "x" , "d" : [ ] } "#
        let expected: JSON = ["a": [1, -2500.0, true, false, nil], "b": [:], "c": "x", "d": []]
        #expect(try JSON.parse(text) == expected)
        #expect(try JSON.parse("\t\r\n 3 ") == 3)
    }

    @Test func `a name that stands twice is refused at its place`() {
        #expect(refusal(#"{"a":1,"b":2,"a":3}"#) == "the name \"a\" stands twice at byte 13")
        #expect(refusal(#"{"a":1,"\u0061":3}"#) == "the name \"a\" stands twice at byte 7")
        #expect(refusal(#"{"a":{"a":1}}"#) == nil)
    }

    @Test func `names that are canonically equivalent count as one`() {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(refusal("{\"\(composed)\":1,\"\(decomposed)\":2}")?.contains("stands twice") == true)
        #expect(refusal("{\"\(composed)\":1,\"e\":2}") == nil)
    }

    @Test func `nesting ends at the limit`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(refusal(nested(32)) == nil)
        #expect(refusal(nested(33)) == "nested deeper than 32 at byte 32")
        #expect(refusal(#"{"a":{"b":[0]}}"#, limits: JSON.Limits(depth: 3)) == nil)
        #expect(
            refusal(#"{"a":{"b":[0]}}"#, limits: JSON.Limits(depth: 2)) == "nested deeper than 2 at byte 10")
        #expect(refusal(String(repeating: "[", count: 1_000_000))?.hasPrefix("nested deeper than 32") == true)
    }

    @Test func `a text beyond the limit of bytes is refused unread`() {
        #expect(refusal("[1]", limits: JSON.Limits(bytes: 3)) == nil)
        #expect(refusal("[1] ", limits: JSON.Limits(bytes: 3)) == "the text is longer than 3 bytes at byte 3")
    }

    @Test(arguments: [
        (#""\u0000""#, "NUL in a string"), ("\"\u{0}\"", "a control character must be escaped"),
        ("\"\u{1F}\"", "a control character must be escaped"),
        ("\"a\nb\"", "a control character must be escaped"),
        (#""\ud800""#, "a lone surrogate"), (#""\ud800x""#, "a lone surrogate"),
        (#""\udc00""#, "a lone surrogate"), (#""\ud800\u0041""#, "a lone surrogate"),
        (#""\ud800\ud800""#, "a lone surrogate"), (#""\x41""#, "unknown escape"),
        (#""\u12g4""#, "expected four hexadecimal digits"), (#""\u12"#, "expected four hexadecimal digits"),
        ("\"abc", "the string does not end"), (#""abc\"#, "the string does not end"),
    ])
    func `a bad string is refused`(text: String, reason: String) {
        #expect(refusal(text)?.hasPrefix(reason + " at byte ") == true)
    }

    @Test func `an escaped NUL is replaced where it is asked for`() throws {
        let limits = JSON.Limits(replacesNUL: true)
        #expect(try JSON.parse(#"{"a\u0000": "b\u0000c"}"#, limits: limits) == ["a\u{FFFD}": "b\u{FFFD}c"])
    }

    @Test(arguments: [
        [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
    ])
    func `invalid UTF-8 is refused`(bytes: [UInt8]) {
        #expect(refusal([0x22] + bytes + [0x22]) == "the string is not valid UTF-8 at byte 1")
        #expect(
            refusal([0x7B, 0x22] + bytes + [0x22, 0x3A, 0x31, 0x7D])
                == "the string is not valid UTF-8 at byte 2")
    }

    @Test func `escapes mean what RFC 8259 says`() throws {
        let text = #""\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00""#
        #expect(try JSON.parse(text).string == "\"\\/\u{8}\u{C}\n\r\t\u{E9}\u{20AC}\u{1F600}")
    }

    @Test(arguments: [
        ("01", "a number may not begin with 0"), ("-01", "a number may not begin with 0"),
        ("00.5", "a number may not begin with 0"), ("1e400", "the number is beyond a double"),
        ("-1e309", "the number is beyond a double"), ("1.", "expected a digit after '.'"),
        ("1e", "expected a digit in the exponent"), ("1e+", "expected a digit in the exponent"),
        ("-", "expected a digit"), ("+1", "expected a value"), (".5", "expected a value"),
        ("NaN", "expected a value"), ("Infinity", "expected a value"), ("-Infinity", "expected a digit"),
        ("0x10", "unexpected text after the value"), ("1_000", "unexpected text after the value"),
    ])
    func `a bad number is refused`(text: String, reason: String) {
        #expect(refusal(text)?.hasPrefix(reason + " at byte ") == true, "\(refusal(text) ?? "read")")
    }

    @Test func `whole numbers are exact, beyond 64 bits they are doubles`() throws {
        #expect(try JSON.parse("9223372036854775807").integer == Int.max)
        #expect(try JSON.parse("-9223372036854775808").integer == Int.min)
        #expect(try JSON.parse("9223372036854775808").number == 0x1p63)
        #expect(try JSON.parse("0").integer == 0 && JSON.parse("-0").number?.sign == .minus)
        #expect(try JSON.parse("1e-400").number == 0)
        #expect(try JSON.parse("5e-324").number == .leastNonzeroMagnitude)
    }

    @Test(arguments: [
        ("1 2", "unexpected text after the value"), ("{} x", "unexpected text after the value"),
        ("[1,]", "expected a value"), ("{\"a\":1,}", "expected a name in double quotes"),
        ("[1 2]", "expected ',' or ']'"), ("{\"a\" 1}", "expected ':'"),
        ("{a:1}", "expected a name in double quotes"),
        ("{\"a\":1 \"b\":2}", "expected ',' or '}'"), ("[", "the text ends where a value was expected"),
        ("", "the text ends where a value was expected"), ("tru", "expected true"), ("nulL", "expected null"),
        ("'a'", "expected a value"), ("\u{FEFF}1", "expected a value"), ("\u{A0}1", "expected a value"),
        ("// c\n1", "expected a value"),
    ])
    func `what is not JSON is refused`(text: String, reason: String) {
        #expect(refusal(text)?.hasPrefix(reason + " at byte ") == true, "\(refusal(text) ?? "read")")
    }

    @Test func `no prefix and no changed byte of a text ends the process`() throws {
        let text = Array(#"{"a":[1,-2.5e-3,"x\u00e9\ud83d\ude00\n",true,null],"b":{"c":[[]]}}"#.utf8)
        var generator = SeededGenerator(seed: 1)
        for length in text.indices { #expect(refusal(Array(text[..<length])) != nil) }
        for _ in 0..<20_000 {
            var changed = text
            for _ in 0...generator.index(below: 3) {
                changed[generator.index(below: changed.count)] = UInt8(generator.index(below: 256))
            }
            guard let value = try? JSON.parse(changed) else { continue }
            #expect(try JSON.parse(value.canonicalText) == value)
        }
    }
}
