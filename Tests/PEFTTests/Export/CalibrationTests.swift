import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Temperatures: fitted, and folded into the head.
@Suite struct CalibrationTests {
    /// Labels that are drawn from the probabilities of the logits.
    private static func sample(_ count: Int) -> (logits: Matrix, labels: [Int]) {
        var generator = SeededGenerator(seed: 1, purpose: "calibration")
        let logits = Matrix.normal(rows: count, columns: 3, deviation: 2, using: &generator)
        let labels = (0..<count).map { row in
            let weights = (0..<3).map { exp(Double(logits[row, $0])) }
            var rest = generator.uniform() * weights.reduce(0, +)
            return weights.firstIndex { weight in
                rest -= weight
                return rest <= 0
            } ?? 2
        }
        return (logits, labels)
    }

    @Test(arguments: [0.25, 1.0, 4.0])
    func `logits that are too sharp or too flat get their temperature back`(factor: Double) {
        let (logits, labels) = Self.sample(4_000)
        var scaled = logits
        scaled.scale(by: Float(factor))
        let calibration = Calibration(logits: scaled, labels: labels)
        #expect(abs(calibration.temperature / factor - 1) < 0.1, "\(calibration.temperature)")
        #expect(calibration.after.likelihoodLoss <= calibration.before.likelihoodLoss + 1e-9)
        #expect(calibration.after.calibrationError < 0.03)
        if factor != 1 { #expect(calibration.before.calibrationError > 0.05) }
    }

    @Test func `logits that are always right get the lowest temperature, not a crash`() {
        let logits = Matrix(rows: 2, columns: 2, values: [1, 0, 0, 1])
        let calibration = Calibration(logits: logits, labels: [0, 1])
        #expect(abs(calibration.temperature - 0.05) < 1e-3)
    }

    @Test func `a folded temperature divides the logits of the export, and the card says so`() throws {
        let exports = try ExportExample()
        let configuration = EngineExample.configuration
        let network = try exports.network(configuration)
        let before = network.logits(of: ExportExample.batch)
        var model = try exports.model(configuration, network: network)
        try model.foldTemperature()
        let path = "\(exports.example.folder.path)/calibrated"
        try ModelExport.write(model, to: path)
        let record = try JSON.parse(readFile("\(path)/peft_search.json"))
        let temperature = try #require(record["temperature"]?.number)
        #expect((0.05...20.0).contains(temperature))
        var expected = before
        expected.scale(by: Float(1 / temperature))
        let after = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
        #expect(difference(after, expected) < 1e-5)
        #expect(after.largestInEachRow() == before.largestInEachRow())
        let card = String(decoding: try readFile("\(path)/README.md"), as: UTF8.self)
        #expect(card.contains("expected calibration error, 15 bins"))
    }
}
