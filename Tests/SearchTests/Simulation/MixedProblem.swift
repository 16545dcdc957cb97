import Experiments
import Search
import Testing

import func Foundation.exp
import func Foundation.log10
import func Foundation.log2

/// A problem with two losses over a literal space of mixed parameters.
struct MixedProblem: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var space: SearchSpace
    var losses: @Sendable (Assignment) -> [Double]
    /// The worst losses that count; the best are 0.
    var worst: [Double]

    let objectives = [
        Objective(metric: "f1", direction: .minimize), Objective(metric: "f2", direction: .minimize),
    ]

    func volume(_ trials: [VisibleTrial]) -> Double {
        Hypervolume.unit(trials.compactMap(\.losses).map { zip($0, worst).map { $0 / $1 } })
    }

    /// ZDT1 (Zitzler, Deb and Thiele 2000) with whole numbers, levels and a
    /// choice among its variables.
    static let mixedZDT1 = MixedProblem(
        testDescription: "mixed ZDT1",
        space: SearchSpace(
            meaning: .literal,
            parameters: [
                Parameter(name: "x0", domain: .real(lower: 0, upper: 1, scale: .linear)),
                Parameter(name: "x1", domain: .real(lower: 0, upper: 1, scale: .linear)),
                Parameter(name: "whole", domain: .integer(lower: 0, upper: 10, scale: .linear)),
                Parameter(name: "level", domain: .levels([0, 1, 2, 4])),
                Parameter(name: "kind", domain: .choice(["a", "b", "c"])),
            ]),
        losses: { assignment in
            func number(_ name: String) -> Double { assignment[name]?.number ?? 0 }
            let kinds: [String: Double] = ["a": 0, "b": 0.3, "c": 0.7]
            let kind = kinds[assignment["kind"]?.string ?? ""] ?? 1
            let terms: [Double] = [number("x1"), number("whole") / 10, number("level") / 4, kind]
            let g: Double = 1 + 9 * terms.reduce(0, +) / 4
            let share: Double = number("x0") / g
            return [number("x0"), g * (1 - share.squareRoot())]
        }, worst: [1, 4])

    /// Error and cost of three methods with sizes of their own and a learning
    /// rate that each wants elsewhere.
    static let conditional = MixedProblem(
        testDescription: "conditional methods",
        space: SearchSpace(
            meaning: .literal,
            parameters: [
                Parameter(name: "rate", domain: .real(lower: 1e-5, upper: 1e-1, scale: .log)),
                Parameter(name: "method", domain: .choice(["lora", "bottleneck", "prompt"])),
                Parameter(
                    name: "rank", domain: .integer(lower: 1, upper: 64, scale: .log2),
                    condition: .values(["method": ["lora"]])),
                Parameter(
                    name: "width", domain: .integer(lower: 1, upper: 256, scale: .log2),
                    condition: .values(["method": ["bottleneck"]])),
                Parameter(
                    name: "activation", domain: .choice(["relu", "gelu"]),
                    condition: .values(["method": ["bottleneck"]])),
                Parameter(
                    name: "length", domain: .integer(lower: 1, upper: 100, scale: .log2),
                    condition: .values(["method": ["prompt"]])),
                Parameter(name: "dropout", domain: .real(lower: 0, upper: 0.5, scale: .linear)),
            ]),
        losses: { assignment in
            func number(_ name: String) -> Double { assignment[name]?.number ?? 1 }
            let rate = log10(number("rate"))
            let dropout = number("dropout") - 0.1
            var (error, cost, best) = (0.0, 0.0, 0.0)
            switch assignment["method"]?.string {
            case "lora":
                (error, best) = (0.10 + 0.12 * exp(-log2(number("rank")) / 2.5), -2.5)
                cost = 3 + 0.3 * log2(number("rank"))
            case "bottleneck":
                (error, best) = (0.08 + 0.25 * exp(-log2(number("width")) / 3), -3.5)
                error += assignment["activation"] == "relu" ? 0.02 : 0
                cost = 3.2 + 0.3 * log2(number("width"))
            default:
                (error, best) = (0.15 + 0.15 * exp(-log2(number("length")) / 3), -1.5)
                cost = 2 + 0.3 * log2(number("length"))
            }
            return [error + 0.03 * (rate - best) * (rate - best) + 0.3 * dropout * dropout, cost]
        }, worst: [0.45, 6])
}
