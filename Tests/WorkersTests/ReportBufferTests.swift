import Experiments
import Testing
import Workers

@Suite struct ReportBufferTests {
    @Test func `reports come out in order, and again when they could not be sent`() {
        let buffer = ReportBuffer()
        (0..<3).forEach { buffer.append(Report(step: $0, metrics: [:])) }
        let batch = buffer.drain()
        buffer.append(Report(step: 3, metrics: [:]))
        buffer.restore(batch)
        #expect(buffer.drain().map(\.step) == [0, 1, 2, 3])
        #expect(buffer.isEmpty)
    }

    @Test func `an outage thins the curve and keeps its newest point`() {
        let buffer = ReportBuffer(limit: 8)
        (0..<1000).forEach { buffer.append(Report(step: $0, metrics: [:])) }
        let steps = buffer.drain().map(\.step)
        #expect(steps.count <= 8)
        #expect(steps.last == 999)
        #expect(steps == steps.sorted())
    }
}
