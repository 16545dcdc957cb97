import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// The metrics against scikit-learn, SciPy and seqeval, on the values that
/// `tools/make_metric_values.py` made.
@Suite struct MetricValuesTests {
    private let values: JSON

    init() throws { values = try JSON.parse(readFile(fixture("metrics/metrics.json"))) }

    private static func integers(_ json: JSON?) -> [Int] { json?.array?.compactMap(\.integer) ?? [] }
    private static func numbers(_ json: JSON?) -> [Double] { json?.array?.compactMap(\.number) ?? [] }

    /// Logits whose largest are these.
    private static func logits(_ predictions: [Int], classes: Int) -> Matrix {
        var logits = Matrix(rows: predictions.count, columns: classes)
        for (row, prediction) in predictions.enumerated() { logits[row, prediction] = 1 }
        return logits
    }

    private static func quality(
        _ outputs: Matrix, _ targets: Targets, labels: [String] = [], seed: UInt64 = 3
    ) -> [String: Double] {
        Quality(
            Evaluation(outputs, targets: targets), targets: targets, labels: labels, scale: nil, seed: seed
        ).values
    }

    private func classification(_ json: JSON, seed: UInt64 = 3) throws -> [String: Double] {
        let classes = try #require(json["classes"]?.integer)
        return Self.quality(
            Self.logits(Self.integers(json["predictions"]), classes: classes),
            .labels(Self.integers(json["labels"])), labels: (0..<classes).map(String.init), seed: seed)
    }

    private func regression(_ json: JSON) -> [String: Double] {
        let predictions = Self.numbers(json["predictions"]).map { Float($0) }
        return Self.quality(
            Matrix(rows: predictions.count, columns: 1, values: predictions),
            .values(Self.numbers(json["labels"])))
    }

    private func tags(_ json: JSON) -> [String: Double] {
        func sentences(_ key: String) -> [[String]] {
            json[key]?.array?.map { $0.array?.compactMap(\.string) ?? [] } ?? []
        }
        let (labels, predictions) = (sentences("labels"), sentences("predictions"))
        let known = Set((labels + predictions).flatMap { $0 }).sorted()
        let ids = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, $0) })
        let words = labels.flatMap { $0 }
        let targets = WordTags(
            tags: words.map { Int32(ids[$0]!) },
            offsets: labels.reduce(into: [0]) { $0.append($0.last! + $1.count) },
            firstTokens: labels.flatMap { $0.indices.map { Int32($0 + 1) } })
        return Self.quality(
            Self.logits(predictions.flatMap { $0 }.map { ids[$0]! }, classes: known.count), .tags(targets),
            labels: known)
    }

    private func expect(_ found: [String: Double], equals json: JSON, _ names: [String]) throws {
        for name in names {
            let (found, expected) = (try #require(found[name]), try #require(json[name]?.number))
            #expect(
                abs(found - expected) < 1e-9 * max(1, abs(expected)), "\(name): \(found), not \(expected)")
        }
    }

    @Test func `accuracy, macro F1 and Matthews' correlation are those of scikit-learn`() throws {
        for json in try #require(values["classification"]?.array) {
            try expect(try classification(json), equals: json, ["accuracy", "macro_f1", "mcc"])
        }
    }

    @Test func `correlations and errors are those of SciPy`() throws {
        for json in try #require(values["regression"]?.array) {
            try expect(regression(json), equals: json, ["pearson", "spearman", "mse", "mae"])
        }
    }

    @Test func `span scores of any tag sequences are those of seqeval`() throws {
        for json in try #require(values["tags"]?.array) {
            try expect(
                tags(json), equals: json, ["span_precision", "span_recall", "span_f1", "token_accuracy"])
        }
    }

    /// Both ends of 1,000 resamples scatter by less than a tenth of the width.
    @Test func `intervals are near those of 20,000 resamples by NumPy`() throws {
        let expected = try #require(values["intervals"])
        let found = try classification(try #require(values["classification"]?.array?.first)).merging(
            regression(try #require(values["regression"]?.array?.first))
        ) { first, _ in first }
        for name in ["accuracy", "mcc", "pearson", "spearman"] {
            let ends = Self.numbers(expected[name])
            let width = ends[1] - ends[0]
            #expect(abs(try #require(found["\(name)_low"]) - ends[0]) < 0.15 * width, "\(name)")
            #expect(abs(try #require(found["\(name)_high"]) - ends[1]) < 0.15 * width, "\(name)")
        }
    }

    @Test func `an interval depends on the seed alone and lies around its metric`() throws {
        let json = try #require(values["classification"]?.array?.first)
        let once = try classification(json)
        #expect(try classification(json) == once)
        let other = try classification(json, seed: 4)
        #expect(other["accuracy"] == once["accuracy"] && other["mcc_low"] != once["mcc_low"])
        for json in try #require(values["tags"]?.array).prefix(1) {
            let found = tags(json)
            #expect(found["span_f1_low"]! < found["span_f1"]! && found["span_f1"]! < found["span_f1_high"]!)
        }
    }

    @Test func `every kind of task has the metrics that it promises`() throws {
        let found: [TaskDefinition.Kind: [String: Double]] = [
            .classification: try classification(try #require(values["classification"]?.array?.first)),
            .regression: regression(try #require(values["regression"]?.array?.first)),
            .tokenClassification: tags(try #require(values["tags"]?.array?.first)),
        ]
        for kind in TaskDefinition.Kind.allCases {
            #expect(found[kind]?.keys.sorted() == kind.qualityMetrics)
            #expect(kind.metricsWithInterval.contains(kind.mainMetric))
        }
    }

    @Test func `a constant predictor correlates with nothing`() {
        let constant = Self.quality(
            Matrix(rows: 4, columns: 1, values: [0.1, 0.1, 0.1, 0.1]), .values([1, 2, 3, 4]))
        #expect(constant["pearson"] == 0 && constant["spearman"] == 0)
        #expect(constant["pearson_low"] == 0 && constant["pearson_high"] == 0)
        let majority = Self.quality(
            Self.logits([0, 0, 0, 0], classes: 2), .labels([0, 0, 0, 1]), labels: ["a", "b"])
        #expect(majority["mcc"] == 0 && majority["accuracy"] == 0.75)
        #expect(abs(majority["macro_f1"]! - 0.75 / 1.75) < 1e-12)
    }
}
