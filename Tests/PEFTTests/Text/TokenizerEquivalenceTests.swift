import Experiments
import Foundation
import PEFT
import Testing

/// What the Hugging Face tokenizer made of many texts (see
/// `tools/check_tokenizer.py` and `tools/check_byte_level_tokenizer.py`),
/// compared id for id.
@Suite struct TokenizerEquivalenceTests {
    /// One line of `cases.jsonl`.
    struct Case {
        let text: String
        let pair: String?
        let maximumLength: Int
        let expected: Encoding

        init(_ line: some Collection<UInt8>) throws {
            let values = try #require(try JSON.parse(line).array)
            try #require(values.count == 5)
            text = try #require(values[0].string)
            pair = values[1].string
            maximumLength = try #require(values[2].integer)
            let ids = try #require(values[3].array).map { Int32($0.integer ?? -1) }
            let second = try #require(values[4].integer)
            expected = Encoding(
                ids: ids,
                typeIDs: [Int32](repeating: 0, count: ids.count - second)
                    + [Int32](repeating: 1, count: second))
        }
    }

    static var folders: [String] {
        [
            fixture("tokenizer"), fixture("byte-level/plain"), fixture("byte-level/prefix-space"),
            ProcessInfo.processInfo.environment["TOKENIZER_FIXTURE"],
        ].compactMap(\.self)
    }

    @Test(arguments: folders)
    func `every text has the ids that Hugging Face gives it`(folder: String) throws {
        let tokenizer = try Tokenizer(folder: folder)
        let cases = try readFile("\(folder)/cases.jsonl").split(separator: UInt8(ascii: "\n")).map(Case.init)
        #expect(cases.count > 2_000)
        var different = 0
        for sample in cases {
            let found = tokenizer.encode(sample.text, pair: sample.pair, maximumLength: sample.maximumLength)
            if found == sample.expected { continue }
            different += 1
            if different <= 10 {
                Issue.record("\(sample.text.debugDescription): \(found.ids), expected \(sample.expected.ids)")
            }
        }
        #expect(different == 0, "of \(cases.count)")
    }
}
