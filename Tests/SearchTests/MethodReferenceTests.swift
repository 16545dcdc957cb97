import Experiments
import Foundation
import Search
import Testing

struct MethodReferenceTests {
    /// After a change: peftsearch methods > docs/methods.md
    @Test func `the documentation of methods is what the types say`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/methods.md"), encoding: .utf8)
        #expect(
            text.trimmingCharacters(in: .newlines)
                == MethodReference.markdown.trimmingCharacters(in: .newlines))
    }

    @Test func `every setting says what it is`() {
        let reference = MethodReference.json
        let methods = reference["methods"]?.array ?? []
        #expect(methods.count == Component.methods.count)
        for method in methods {
            #expect(method["summary"]?.string?.hasSuffix(".") == true)
            for setting in method["settings"]?.array ?? [] {
                #expect(setting["summary"]?.string?.hasSuffix(".") == true, "\(setting)")
            }
        }
    }
}
