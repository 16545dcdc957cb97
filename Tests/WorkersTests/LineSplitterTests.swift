import Testing
import Workers

@Suite struct LineSplitterTests {
    @Test func `lines are found across pieces`() {
        var splitter = LineSplitter()
        #expect(splitter.append("on".utf8).isEmpty)
        let lines = splitter.append("e\ntwo\n\nthr".utf8)
        #expect(lines.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one", "two", ""])
        #expect(splitter.finish().map(\.bytes) == Array("thr".utf8))
        #expect(splitter.finish() == nil)
    }

    @Test func `a line beyond the limit is cut and says so`() {
        var splitter = LineSplitter(limit: 4)
        let lines = splitter.append("abcdefgh\nabcd\n".utf8)
        #expect(lines.map(\.isCut) == [true, false])
        #expect(lines.map(\.bytes.count) == [4, 4])
    }
}
