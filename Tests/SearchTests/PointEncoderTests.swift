import Experiments
import LinearAlgebra
import Search
import Testing

struct PointEncoderTests {
    private static let space = SearchSpace(
        meaning: .literal,
        parameters: [
            Parameter(name: "method", domain: .choice(["lora", "ia3", "prompt"])),
            Parameter(
                name: "rank", domain: .integer(lower: 1, upper: 64, scale: .log2),
                condition: .values(["method": ["lora"]])),
            Parameter(
                name: "length", domain: .levels([1, 2, 4, 8]), condition: .values(["method": ["prompt"]])),
            Parameter(name: "rate", domain: .real(lower: 1e-5, upper: 1e-1, scale: .log)),
        ])

    private static func distance(_ a: Assignment, _ b: Assignment) -> Double {
        let encoder = PointEncoder(space)
        let (x, y) = (
            encoder.coordinates(of: a, native: nil), encoder.coordinates(of: b, native: nil)
        )
        return zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }

    @Test func `a parameter that is switched off makes no difference`() throws {
        let small: Assignment = ["method": "ia3", "rank": 1, "rate": 0.001]
        let large: Assignment = ["method": "ia3", "rank": 64, "rate": 0.001]
        let distance = try Self.distance(Self.space.canonical(small), Self.space.canonical(large))
        #expect(distance == 0)
    }

    @Test func `an absent parameter is equally far from every value`() {
        let absent: Assignment = ["method": "ia3", "rate": 0.001]
        let distances = [1, 8, 64].map { rank in
            Self.distance(absent, ["method": "lora", "rank": .integer(rank), "rate": 0.001])
        }
        #expect(distances.allSatisfy { abs($0 - distances[0]) < 1e-12 })
        #expect(distances[0] > 1)
    }

    @Test func `values that are near on their scale are near`() {
        func point(_ rank: Int) -> Assignment { ["method": "lora", "rank": .integer(rank), "rate": 0.001] }
        #expect(Self.distance(point(1), point(2)) < Self.distance(point(1), point(8)))
        #expect(abs(Self.distance(point(2), point(4)) - Self.distance(point(16), point(32))) < 0.05)
    }

    @Test func `two values of a choice differ by one, whatever their order`() {
        let values: [JSON] = ["relu", "gelu", "tanh"]
        let space = SearchSpace(
            meaning: .literal, parameters: [Parameter(name: "a", domain: .choice(values))])
        let encoder = PointEncoder(space)
        let points = values.map { encoder.coordinates(of: ["a": $0], native: nil) }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let squared = zip(points[a], points[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            #expect(abs(squared - 1) < 1e-12)
        }
    }

    @Test func `covariances of a conditional space can be factorised`() throws {
        let encoder = PointEncoder(Self.space)
        let sampler = PriorSampler(Self.space)
        var generator = SeededGenerator(seed: 4)
        let rows = (0..<80).map { _ in
            encoder.coordinates(of: sampler.sample(&generator), native: nil)
        }
        let covariance = encoder.covariance(hasFidelities: true)
        let prior = HyperparameterPrior(for: covariance)
        #expect(
            GaussianProcess(
                covariance, hyperparameters: prior.means, points: DoubleMatrix(rows, columns: rows[0].count),
                outcomes: rows.map { $0.reduce(0, +) }) != nil)
    }

    @Test(arguments: ["hybrid", "everything", "small"])
    func `coordinates of a native space stay near the unit cube`(preset: String) throws {
        let study = try Examples.native(preset: preset)
        let encoder = PointEncoder(study.space, costs: Costs(of: study))
        let sampler = PriorSampler(study.space)
        var generator = SeededGenerator(seed: 2)
        var seen: Set<[Double]> = []
        for _ in 0..<200 {
            let assignment = try study.space.canonical(sampler.sample(&generator))
            let native = try HybridSpace.configuration(from: assignment, in: study.space)
            let coordinates = encoder.coordinates(of: assignment, native: native)
            #expect(coordinates.allSatisfy { abs($0) <= 1.5 })
            seen.insert(coordinates)
        }
        #expect(seen.count > 190)
    }
}
