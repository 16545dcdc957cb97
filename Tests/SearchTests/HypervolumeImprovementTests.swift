import Experiments
import Search
import Testing

import func Foundation.exp
import func Foundation.log

struct HypervolumeImprovementTests {
    private static func front(_ dimensions: Int, _ generator: inout SeededGenerator) -> [[Double]] {
        (0..<8).map { _ in (0..<dimensions).map { _ in generator.uniform() } }
    }

    /// How much of the unit cube a point adds.
    private static func gain(_ point: [Double], to front: [[Double]]) -> Double {
        // `Hypervolume.unit` clips at 0, so everything is moved into the cube.
        func inside(_ point: [Double]) -> [Double] { point.map { ($0 + 3) / 4 } }
        let scale = point.reduce(1.0) { volume, _ in volume * 4 }
        return scale * (Hypervolume.unit((front + [point]).map(inside)) - Hypervolume.unit(front.map(inside)))
    }

    @Test(arguments: [UInt64](1...4), 1...4)
    func `open boxes are disjoint and cover what the front leaves`(seed: UInt64, dimensions: Int) {
        var generator = SeededGenerator(seed: seed)
        let front = Self.front(dimensions, &generator)
        let cells = NonDominatedCells(front: front, reference: [Double](repeating: 1, count: dimensions))
        for _ in 0..<500 {
            let point = (0..<dimensions).map { _ in generator.uniform() }
            let isOpen = !front.contains { zip($0, point).allSatisfy { $0 <= $1 } }
            let holders = cells.boxes.filter { box in
                point.indices.allSatisfy { loss in
                    let (lower, upper) = (box[2 * loss], box[2 * loss + 1])
                    return (lower < 0 || cells.thresholds[loss][lower] <= point[loss])
                        && point[loss] < cells.thresholds[loss][upper]
                }
            }
            #expect(holders.count == (isOpen ? 1 : 0))
        }
    }

    @Test(arguments: [UInt64](1...3), 1...3)
    func `the expectation agrees with drawing`(seed: UInt64, dimensions: Int) {
        var generator = SeededGenerator(seed: seed)
        let front = Self.front(dimensions, &generator)
        let improvement = HypervolumeImprovement(
            front: front, reference: [Double](repeating: 1, count: dimensions))
        let means = (0..<dimensions).map { _ in 0.2 + 0.4 * generator.uniform() }
        let deviations = (0..<dimensions).map { _ in 0.1 + 0.2 * generator.uniform() }
        var (sum, squares) = (0.0, 0.0)
        let draws = 20_000
        for _ in 0..<draws {
            let gain = Self.gain(zip(means, deviations).map { $0 + $1 * generator.normal() }, to: front)
            sum += gain
            squares += gain * gain
        }
        let mean = sum / Double(draws)
        let error = ((squares / Double(draws) - mean * mean) / Double(draws)).squareRoot()
        #expect(abs(exp(improvement.logarithm(means: means, deviations: deviations)) - mean) < 4.5 * error)
    }

    @Test func `known losses count exactly`() {
        let front = [[0.2, 0.8], [0.5, 0.5], [0.8, 0.2]]
        let improvement = HypervolumeImprovement(front: front, reference: [1, 1])
        let exact = improvement.logarithm(means: [0.3, 0.3], deviations: [0, 0])
        #expect(abs(exp(exact) - Self.gain([0.3, 0.3], to: front)) < 1e-12)
        #expect(improvement.logarithm(means: [0.6, 0.6], deviations: [0, 0]) < -500)
        #expect(improvement.logarithm(means: [1.1, 0], deviations: [0, 0.1]) == -.infinity)
        // One known: the expectation over the other alone.
        let half = improvement.logarithm(means: [0.3, 0.3], deviations: [0, 1e-6])
        #expect(abs(half - exact) < 1e-4)
    }

    @Test func `far from any improvement points are still told apart`() {
        let improvement = HypervolumeImprovement(front: [[0, 0]], reference: [1, 1])
        let scores = [0.5, 1, 2, 4].map {
            improvement.logarithm(means: [$0, $0], deviations: [0.01, 0.01])
        }
        #expect(scores.allSatisfy { $0.isFinite })
        #expect(scores == scores.sorted(by: >) && Set(scores).count == 4)
    }

    @Test func `an empty front leaves everything below the reference`() {
        let improvement = HypervolumeImprovement(front: [], reference: [2, 3])
        #expect(abs(improvement.logarithm(means: [1, 1], deviations: [0, 0]) - log(2)) < 1e-12)
    }
}
