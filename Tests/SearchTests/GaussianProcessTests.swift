import Experiments
import LinearAlgebra
import Search
import Testing

import func Foundation.cos
import func Foundation.sin

struct GaussianProcessTests {
    private static let covariance = Covariance([
        CovarianceTerm(.matern, coordinates: [0, 1, 2, 3], groups: [0, 0, 1, 2]),
        CovarianceTerm(.matern, coordinates: [2, 3], groups: [0, 0, 1, 1]),
        CovarianceTerm(.linear, coordinates: [0, 3], groups: [0, 0, 1, 2]),
    ])

    private static func points(_ count: Int, seed: UInt64 = 3) -> DoubleMatrix {
        var generator = SeededGenerator(seed: seed)
        return DoubleMatrix((0..<count).map { _ in (0..<4).map { _ in generator.uniform() } }, columns: 4)
    }

    private static func outcomes(_ points: DoubleMatrix) -> [Double] {
        (0..<points.rows).map { sin(5 * points[$0, 0]) + points[$0, 2] * cos(3 * points[$0, 3]) }
    }

    @Test func `terms number their lengthscales from 0`() {
        #expect(Self.covariance.terms.map(\.groups) == [[0, 0, 1, 2], [0, 0], [0, 0]])
        #expect(Self.covariance.terms.map(\.groupCount) == [3, 1, 0])
        #expect(Self.covariance.hyperparameterCount == 1 + 4 + 2 + 1)
    }

    @Test(arguments: [UInt64](1...5))
    func `the gradient of the likelihood is that of finite differences`(seed: UInt64) throws {
        let points = Self.points(25)
        let likelihood = MarginalLikelihood(
            Self.covariance, prior: HyperparameterPrior(for: Self.covariance), points: points,
            outcomes: Self.outcomes(points))
        var generator = SeededGenerator(seed: seed)
        let at = (0..<Self.covariance.hyperparameterCount).map { _ in -0.5 + 0.7 * generator.normal() }
        let gradient = try #require(likelihood.evaluate(at)).gradient
        for index in at.indices {
            func value(_ step: Double) throws -> Double {
                var moved = at
                moved[index] += step
                return try #require(likelihood.evaluate(moved)).value
            }
            let slope = try (value(1e-5) - value(-1e-5)) / 2e-5
            #expect(abs(gradient[index] - slope) < 1e-5 * (1 + abs(slope)), "hyperparameter \(index)")
        }
    }

    @Test func `a fit is more likely than the prior's centre, and the same each time`() throws {
        let points = Self.points(40)
        let prior = HyperparameterPrior(for: Self.covariance)
        let likelihood = MarginalLikelihood(
            Self.covariance, prior: prior, points: points, outcomes: Self.outcomes(points))
        func fit() -> [Double] {
            var generator = SeededGenerator(seed: 5)
            return likelihood.fit(starts: 2, iterations: 40, &generator)
        }
        let fitted = fit()
        #expect(fitted == fit())
        let before = try #require(likelihood.evaluate(prior.means)).value
        let after = try #require(likelihood.evaluate(fitted)).value
        #expect(after < before - 10)
    }

    @Test func `a process goes through its outcomes and predicts others`() throws {
        let (points, others) = (Self.points(60), Self.points(30, seed: 9))
        let likelihood = MarginalLikelihood(
            Self.covariance, prior: HyperparameterPrior(for: Self.covariance), points: points,
            outcomes: Self.outcomes(points))
        var generator = SeededGenerator(seed: 1)
        let process = try #require(
            GaussianProcess(
                Self.covariance, hyperparameters: likelihood.fit(starts: 1, iterations: 50, &generator),
                points: points, outcomes: Self.outcomes(points)))
        let known = process.predict(points)
        #expect(zip(known.means, Self.outcomes(points)).allSatisfy { abs($0 - $1) < 0.05 })
        let predicted = process.predict(others)
        let errors = zip(predicted.means, Self.outcomes(others)).map { abs($0 - $1) }
        #expect(errors.reduce(0, +) / 30 < 0.1)
        let within = zip(errors, predicted.deviations).filter { $0 < 3 * $1 + 1e-3 }
        #expect(within.count >= 27)
    }

    @Test func `believing a point leaves means as they are and makes it certain`() throws {
        let (points, others) = (Self.points(20), Self.points(4, seed: 9))
        let process = try #require(
            GaussianProcess(
                Self.covariance, hyperparameters: HyperparameterPrior(for: Self.covariance).means,
                points: points, outcomes: Self.outcomes(points)))
        let pending = DoubleMatrix([(0..<4).map { others[0, $0] }], columns: 4)
        let (before, after) = (process.predict(others), process.believing(pending).predict(others))
        #expect(zip(before.means, after.means).allSatisfy { abs($0 - $1) < 1e-2 })
        #expect(after.deviations[0] < 0.2 * before.deviations[0])
        #expect(zip(before.deviations, after.deviations).allSatisfy { $1 <= $0 + 1e-9 })
    }

    @Test func `the minimizer finds the bottom of a bent valley`() throws {
        let minimum = try #require(
            QuasiNewtonMinimizer(iterations: 200, tolerance: 1e-14).minimize(from: [-1.2, 1]) { x in
                let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
                return (a * a + 100 * b * b, [-2 * a - 400 * x[0] * b, 200 * b])
            })
        #expect(abs(minimum.point[0] - 1) < 1e-4 && abs(minimum.point[1] - 1) < 1e-4)
    }
}
