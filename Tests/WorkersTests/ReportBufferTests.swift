import Experiments
import Testing
import Workers

@Suite struct ReportBufferTests {
    @Test func `reports come out in order, and stay until they are stored`() {
        let buffer = ReportBuffer()
        (0..<3).forEach { buffer.append(Report(step: $0, metrics: [:])) }
        let batch = buffer.pending
        buffer.append(Report(step: 3, metrics: [:]))
        #expect(buffer.pending.map(\.step) == [0, 1, 2, 3])
        buffer.remove(batch)
        #expect(buffer.pending.map(\.step) == [3])
        buffer.remove(buffer.pending)
        #expect(buffer.isEmpty)
    }

    @Test func `an outage thins the curve and keeps its newest point`() {
        let buffer = ReportBuffer(limit: 8)
        (0..<1000).forEach { buffer.append(Report(step: $0, metrics: [:])) }
        let steps = buffer.pending.map(\.step)
        #expect(steps.count <= 8)
        #expect(steps.last == 999)
        #expect(steps == steps.sorted())
    }
}
