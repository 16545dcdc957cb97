import Experiments
import PEFT
import Testing

@Suite struct LearningRateScheduleTests {
    func rates(_ schedule: TrainingSettings.Schedule, warmup: Double, steps: Int) -> [Double] {
        let settings = TrainingSettings(learningRate: 2, warmup: warmup, schedule: schedule)
        let schedule = LearningRateSchedule(settings, steps: steps)
        return (0..<steps).map(schedule.rate(at:))
    }

    func expectEqual(_ found: [Double], _ expected: [Double]) {
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(found), expected \(expected)")
    }

    @Test func `the warm-up reaches the peak with its last step`() {
        expectEqual(rates(.constant, warmup: 0.4, steps: 10), [0.5, 1, 1.5, 2, 2, 2, 2, 2, 2, 2])
        // A share of 3.1 steps is 4.
        expectEqual(Array(rates(.constant, warmup: 0.31, steps: 10).prefix(4)), [0.5, 1, 1.5, 2])
        expectEqual(rates(.constant, warmup: 0, steps: 2), [2, 2])
        expectEqual(rates(.linear, warmup: 1, steps: 4), [0.5, 1, 1.5, 2])
    }

    @Test func `the linear schedule would be 0 one step after the last`() {
        expectEqual(rates(.linear, warmup: 0.2, steps: 10), [1, 2, 2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25])
        expectEqual(rates(.linear, warmup: 0, steps: 4), [2, 1.5, 1, 0.5])
    }

    @Test func `the cosine schedule is half the peak halfway`() {
        let root = 0.5.squareRoot()
        expectEqual(rates(.cosine, warmup: 0, steps: 4), [2, 1 + root, 1, 1 - root])
    }

    @Test func `no steps are no division by 0`() {
        expectEqual(rates(.linear, warmup: 0.06, steps: 0), [])
        expectEqual(rates(.cosine, warmup: 0.06, steps: 1), [2])
    }
}
