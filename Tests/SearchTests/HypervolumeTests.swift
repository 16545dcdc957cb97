import Experiments
import Search
import Testing

struct HypervolumeTests {
    @Test func `closed forms`() {
        #expect(Hypervolume.unit([]) == 0)
        #expect(Hypervolume.unit([[0.25]]) == 0.75)
        #expect(Hypervolume.unit([[0, 0]]) == 1)
        #expect(Hypervolume.unit([[0.5, 0.5]]) == 0.25)
        #expect(Hypervolume.unit([[0.5, 0], [0, 0.5]]) == 0.75)
        #expect(Hypervolume.unit([[0.5, 0.5, 0.5]]) == 0.125)
        #expect(Hypervolume.unit([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]) == 0.5)
        #expect(Hypervolume.unit([[1, 0, 0], [0.2, 1, 0]]) == 0)
        #expect(Hypervolume.unit([[-3, 0.5], [2, -1]]) == 0.5)
    }

    /// The union of boxes as an alternating sum over subsets.
    private static func inclusionExclusion(_ points: [[Double]]) -> Double {
        (1..<(1 << points.count)).reduce(0) { sum, mask in
            let chosen = points.indices.filter { mask & (1 << $0) != 0 }.map { points[$0] }
            let corner = chosen[0].indices.map { axis in chosen.map { $0[axis] }.max()! }
            let volume = corner.reduce(1) { $0 * (1 - $1) }
            return sum + (mask.nonzeroBitCount % 2 == 1 ? volume : -volume)
        }
    }

    @Test(arguments: 2...6, [UInt64](1...20))
    func `agrees with inclusion and exclusion`(dimensions: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let points = (0..<10).map { _ in
            // Coarse coordinates, so that ties occur.
            (0..<dimensions).map { _ in Double(generator.index(below: 9)) / 8 }
        }
        #expect(abs(Hypervolume.unit(points) - Self.inclusionExclusion(points)) < 1e-12)
    }

    @Test func `agrees with Monte Carlo`() {
        var generator = SeededGenerator(seed: 3)
        let points = (0..<30).map { _ in (0..<3).map { _ in generator.uniform() } }
        let hits = (0..<100_000).reduce(0) { count, _ in
            let sample = (0..<3).map { _ in generator.uniform() }
            let isInside = points.contains { zip($0, sample).allSatisfy { $0 <= $1 } }
            return count + (isInside ? 1 : 0)
        }
        #expect(abs(Hypervolume.unit(points) - Double(hits) / 100_000) < 0.01)
    }

    @Test func `quality counts from the majority and parameters in decades`() throws {
        let study = try Examples.native()
        let rule = HypervolumeRule(for: study)
        let references = try #require(rule.references(from: []))
        #expect(references[0] == .init(worst: 0.55, best: 1, isLogarithmic: false))
        // The classifier alone 770; everything 22,713,986.
        #expect(references[1] == .init(worst: 22_713_986, best: 770, isLogarithmic: true))
        let middle = (770.0 * 22_713_986).squareRoot()
        let volume = rule.hypervolume(
            of: [Self.trial(accuracy: 0.775, count: middle)], references: references)
        #expect(abs(try #require(volume) - 0.25) < 1e-12)
        let outside = [Self.trial(accuracy: 0.3, count: 10), Self.trial(accuracy: 0.9, count: 1e9)]
        #expect(rule.hypervolume(of: outside, references: references) == 0)
    }

    @Test func `observed objectives wait for the recorded baselines`() throws {
        let study = try Examples.native(objectives: [
            Objective(metric: MeasurementName.accuracy, direction: .maximize),
            Objective(metric: MeasurementName.trainSeconds, direction: .minimize),
        ])
        let rule = HypervolumeRule(for: study)
        var head = Self.trial(accuracy: 0.7, count: 1, seconds: 2)
        head.label = "head_only"
        var full = Self.trial(accuracy: 0.9, count: 1, seconds: 200)
        full.label = "full"
        #expect(rule.references(from: [head]) == nil)
        #expect(rule.references(from: [head, full])?[1] == .init(worst: 200, best: 2, isLogarithmic: true))
        #expect(rule.references(from: [Self.swapped(head, full), Self.swapped(full, head)]) == nil)
        #expect(rule.hypervolume(of: [head], references: nil) == nil)
    }

    @Test func `a literal space has no hypervolume without references`() {
        let objective = Objective(metric: "f", direction: .minimize)
        let study = Examples.literal([], objectives: [objective])
        #expect(HypervolumeRule(for: study).references(from: []) == nil)
    }

    /// The first with the seconds of the second.
    private static func swapped(_ trial: Trial, _ other: Trial) -> Trial {
        var trial = trial
        trial.measurements = other.measurements
        return trial
    }

    static func trial(accuracy: Double, count: Double, seconds: Double = 1, number: Int = 0) -> Trial {
        Trial(
            number: number, state: .done, seed: 0, assignment: [:], configuration: [:],
            measurements: [
                Measurement(MeasurementName.accuracy, accuracy, .deterministic, method: "toy"),
                Measurement(MeasurementName.trainSeconds, seconds, .observed, method: "toy"),
                Measurement(MeasurementName.trainableParameters, count, .exact, method: "toy"),
            ], span: VirtualSpan(start: 0, finish: 1))
    }
}
