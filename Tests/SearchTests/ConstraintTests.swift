import Experiments
import Search
import Testing

struct ConstraintTests {
    @Test func `a bound is broken by a share of itself, a bound of 0 by what there is`() {
        let latency = Constraint(metric: "latency_ms", comparison: .atMost, bound: 4)
        let margin = Constraint(metric: "margin", comparison: .atMost, bound: 0)
        #expect(latency.relativeViolation(5) == 0.25)
        #expect(latency.relativeViolation(3) == 0)
        #expect(margin.relativeViolation(2) == 2)
        #expect(margin.relativeViolation(2) + margin.relativeViolation(1e6) < .infinity)
    }
}
