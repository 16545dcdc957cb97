import Experiments
import Testing

@Suite struct InputErrorTests {
    @Test func `the text says where, what, why and what to try, in this order`() {
        let full = InputError(
            "study.yaml", line: 12, key: "search.trials", reason: "expected a number",
            suggestion: "trials: 64")
        #expect(full.description == "study.yaml:12: search.trials: expected a number\n  try: trials: 64")
        #expect(InputError("a", reason: "b").description == "a: b")
        #expect(InputError("a", line: 3, reason: "b").description == "a:3: b")
        #expect(InputError("a", key: "k", reason: "b").description == "a: k: b")
    }

    @Test func `the nearest spelling is suggested, a far one is not`() {
        let known = ["learning_rate", "epochs", "batch_size"]
        #expect(InputError.nearest(to: "learning-rate", in: known) == "learning_rate")
        #expect(InputError.nearest(to: "Epoch", in: known) == "epochs")
        #expect(InputError.nearest(to: "bacth_size", in: known) == "batch_size")
        #expect(InputError.nearest(to: "momentum", in: known) == nil)
        #expect(InputError.nearest(to: "x", in: []) == nil)
        #expect(InputError.nearest(to: "ab", in: ["ad", "ac"]) == "ac", "of equals the first in order")
    }

    @Test func `a reader names keys by their path and values in short`() throws {
        var reader = try JSONObjectReader(["a": ["b": [1, 2]]], subject: "file", path: "root")
        var inner = try reader.requiredObject("a")
        let error = try #require(throws: InputError.self) { try inner.string("b") }
        #expect(error.description == "file: root.a.b: expected a text, found a list of 2")
        #expect(JSONObjectReader.name(of: .string(String(repeating: "x", count: 100))).count == 63)
        try reader.finish()
    }

    @Test func `null counts as absent`() throws {
        var reader = try JSONObjectReader(["a": nil], subject: "file")
        #expect(try reader.integer("a", in: 0...9, default: 4) == 4)
        let error = try #require(throws: InputError.self) { try reader.integer("a", in: 0...9) }
        #expect(error.description == "file: a: is missing: expected a whole number from 0 to 9")
    }
}
