import Foundation
import PEFT
import Testing

/// The regular expressions that are read, and those that are refused.
@Suite struct ModulePatternTests {
    private static let names = [
        "", "a", "b", "ab", "aab", "layer.1.query", "layer.11.query", "layer.1.key", "x.layer.1.query", "a.b",
        "query", "bert.encoder.layer.3.attention.self.value", "a-b", "A_9", "layer.12.value",
    ]

    @Test(arguments: [
        "", "a", "a*b", "a+b", "a?b", "a{2}b", "a{1,2}b", "a{1,}b", ".*", ".*\\.query", "(.*\\.)?(query)",
        "layer\\.(1|11)\\.(query|key)", "layer\\.\\d+\\.query", "layer\\.[0-9]+\\..*", "[^.]*", "[a-c]+",
        "(?:a|ab)+", "^a$", "(^layer|x).*query$", ".*?query", "\\w+", "layer.1.query", "a|b|query",
        "[.\\-a-z]+",
        "(a*)*b", "",
    ])
    func `a pattern finds what Foundation's finds`(text: String) throws {
        let ours = try ModulePattern(text)
        let theirs = try NSRegularExpression(pattern: "^(?:\(text))$")
        for name in Self.names {
            let expected = theirs.firstMatch(in: name, range: NSRange(name.startIndex..., in: name)) != nil
            #expect(ours.matches(name) == expected, "\(text) on \(name)")
        }
    }

    @Test(arguments: [
        "(", ")", "a(b", "[a", "*a", "a**", "a{", "a{2,1}", "a{x}", "a{,3}", "a{1000}", "(?=a)", "(?P<n>a)",
        "\\b",
        "\\1", "[b-a]", String(repeating: "a", count: 2001), "((((a{100}){100}){100}){100})",
        String(repeating: "(", count: 60) + String(repeating: ")", count: 60),
        // Nothing, 10¹⁶ times.
        String(repeating: "(", count: 8) + String(repeating: "){100}", count: 8),
    ])
    func `what is not understood is refused`(text: String) {
        #expect(throws: ModulePattern.Refused.self) { try ModulePattern(text) }
    }

    @Test func `a pattern that others try for ever takes steps in proportion to the name`() throws {
        let pattern = try ModulePattern("(a*)*(a|aa)*b")
        #expect(!pattern.matches(String(repeating: "a", count: 5_000)))
        #expect(pattern.matches(String(repeating: "a", count: 5_000) + "b"))
    }
}
