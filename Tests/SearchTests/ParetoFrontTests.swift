import Experiments
import Search
import Testing

struct ParetoFrontTests {
    private static func trials(_ points: [(accuracy: Double, count: Double)]) -> [Trial] {
        points.enumerated().map {
            HypervolumeTests.trial(accuracy: $1.accuracy, count: $1.count, number: $0)
        }
    }

    @Test func `keeps what nobody dominates, equal points included`() throws {
        let study = try Examples.native()
        let trials = Self.trials([(0.8, 10), (0.9, 20), (0.7, 20), (0.9, 20), (0.9, 30), (0.7, 5)])
        #expect(Front.current(of: study, trials: trials).members.map(\.number) == [0, 1, 3, 5])
    }

    @Test func `offering again changes nothing`() throws {
        var front = ParetoFront(of: try Examples.native())
        let trials = Self.trials([(0.8, 10), (0.9, 5)])
        let changes = (trials + trials).map { front.offer($0) }
        #expect(changes == [true, true, false, false])
        #expect(front.members == [1])
    }

    @Test func `a trial that breaks a constraint, failed or lacks a value stays out`() throws {
        let study = try Examples.native(constraints: [
            Constraint(metric: MeasurementName.trainSeconds, comparison: .atMost, bound: 2)
        ])
        var trials = Self.trials([(0.8, 10), (0.9, 9), (0.95, 8), (0.97, 7)])
        trials[1].measurements[1].value = 2.5
        trials[2].state = .failed
        trials[3].measurements.removeFirst()
        #expect(Front.current(of: study, trials: trials).members.map(\.number) == [0])
    }

    @Test func `the knee is where the curve bends`() {
        let front = Self.trials([(0.60, 1e3), (0.88, 1e4), (0.90, 1e6), (0.91, 1e7)])
        #expect(Picks.knee(of: front, objectives: Examples.accuracyAndSize)?.number == 1)
        #expect(Picks.knee(of: [], objectives: Examples.accuracyAndSize) == nil)
        #expect(Picks.knee(of: [front[2]], objectives: Examples.accuracyAndSize)?.number == 2)
    }

    @Test func `the cheapest within a share of the best`() {
        let front = Self.trials([(0.60, 1e3), (0.88, 1e4), (0.905, 1e6), (0.91, 1e7)])
        func pick(_ share: Double) -> Int? {
            Picks.cheapest(within: share, of: front, objectives: Examples.accuracyAndSize)?.number
        }
        #expect(pick(0) == 3)
        #expect(pick(0.01) == 2)
        #expect(pick(0.05) == 1)
        #expect(pick(1) == 0)
        #expect(Picks.cheapest(within: 0.1, of: [], objectives: Examples.accuracyAndSize) == nil)
    }
}
