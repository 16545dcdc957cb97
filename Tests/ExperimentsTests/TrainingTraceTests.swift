import Experiments
import Testing

struct TrainingTraceTests {
    private static func trace(steps: Int, changedAt change: Int? = nil, by ulps: Double = 1) -> TrainingTrace
    {
        var trace = TrainingTrace()
        for step in 1...max(steps, 1) where step <= steps {
            let loss = 1 / Double(step)
            trace.add(loss: step == change ? loss + ulps * loss.ulp : loss, gradientNorm: 0.3)
        }
        return trace
    }

    @Test(arguments: [1, 2, 17, 255, 256])
    func `the step whose loss differs by one unit in the last place is named`(steps: Int) {
        let recorded = Self.trace(steps: steps)
        #expect(recorded.divergence(from: recorded) == nil)
        for change in 1...steps {
            let found = Self.trace(steps: steps, changedAt: change)
            #expect(found.divergence(from: recorded) == change...change)
            #expect(recorded.divergence(from: found) == change...change)
        }
    }

    @Test(arguments: [257, 1000, 4097])
    func `of more steps than points the stretch is named in which they part`(steps: Int) throws {
        let recorded = Self.trace(steps: steps)
        #expect(recorded.interval == [257: 2, 1000: 4, 4097: 16][steps])
        for change in stride(from: 1, through: steps, by: 7) {
            let stretch = try #require(
                Self.trace(steps: steps, changedAt: change).divergence(from: recorded))
            #expect(stretch.contains(change) && stretch.count <= recorded.interval)
        }
        let last = try #require(Self.trace(steps: steps, changedAt: steps).divergence(from: recorded))
        #expect(last.upperBound == steps)
    }

    @Test func `a gradient's norm counts as the loss does, and so does the order`() {
        var (one, two) = (TrainingTrace(), TrainingTrace())
        one.add(loss: 1, gradientNorm: 2)
        two.add(loss: 2, gradientNorm: 1)
        #expect(one.divergence(from: two) == 1...1)
    }

    @Test func `a shorter training parts where it ends`() {
        #expect(Self.trace(steps: 10).divergence(from: Self.trace(steps: 12)) == 10...10)
        #expect(Self.trace(steps: 300).divergence(from: Self.trace(steps: 200)) != nil)
    }

    @Test(arguments: [0, 1, 256, 257, 5000])
    func `it is a kilobyte and reads back`(steps: Int) throws {
        let trace = Self.trace(steps: steps)
        let text = trace.json.canonicalText
        #expect(text.utf8.count < 1200)
        #expect(try TrainingTrace(json: JSON.parse(text)) == trace)
    }

    @Test(arguments: [
        "{}", "null", #"{"steps":1,"interval":0,"digest":"00","points":""}"#,
        #"{"steps":-1,"interval":1,"digest":"00","points":""}"#,
        #"{"steps":2,"interval":1,"digest":"00","points":"0000"}"#,
        #"{"steps":1,"interval":1,"digest":"zz","points":"0000"}"#,
        #"{"steps":1,"interval":1,"digest":"00","points":"zzzz"}"#,
        #"{"steps":1000000,"interval":1,"digest":"00","points":""}"#,
    ])
    func `what is no trace is none`(text: String) throws {
        #expect(try TrainingTrace(json: JSON.parse(text)) == nil)
    }
}
