public import Experiments
import Foundation
package import LinearAlgebra

/// A temperature, fitted to logits, and what it does to them (Guo et al. 2017,
/// arXiv 1706.04599).
public struct Calibration: Sendable, Hashable {
    /// Logits are divided by it; in 0.05 ... 20.
    public let temperature: Double
    /// On how many examples it was fitted and measured.
    public let examples: Int
    public let before: Quality
    public let after: Quality

    /// How well probabilities say how often they are right.
    public struct Quality: Sendable, Hashable {
        /// Mean negative log-likelihood of the labels, in nats.
        public let likelihoodLoss: Double
        /// Expected calibration error over 15 bins of equal width.
        public let calibrationError: Double
    }

    static let range = 0.05...20.0

    /// The temperature with the least loss on these examples, by golden
    /// section on its logarithm: the loss has one valley there.
    package init(logits: Matrix, labels: [Int]) {
        let loss = { (logTemperature: Double) in
            Self.quality(of: logits, labels, temperature: exp(logTemperature)).likelihoodLoss
        }
        let share = (5.0.squareRoot() - 1) / 2
        var (low, high) = (log(Self.range.lowerBound), log(Self.range.upperBound))
        var (left, right) = (high - share * (high - low), low + share * (high - low))
        var (leftLoss, rightLoss) = (loss(left), loss(right))
        for _ in 0..<40 {
            if leftLoss <= rightLoss {
                (high, right, rightLoss) = (right, left, leftLoss)
                left = high - share * (high - low)
                leftLoss = loss(left)
            } else {
                (low, left, leftLoss) = (left, right, rightLoss)
                right = low + share * (high - low)
                rightLoss = loss(right)
            }
        }
        temperature = exp((low + high) / 2)
        examples = labels.count
        before = Self.quality(of: logits, labels, temperature: 1)
        after = Self.quality(of: logits, labels, temperature: temperature)
    }

    static func quality(of logits: Matrix, _ labels: [Int], temperature: Double) -> Quality {
        let bins = 15
        var sums = [(count: Int, correct: Int, confidence: Double)](repeating: (0, 0, 0), count: bins)
        var loss = 0.0
        let values = logits.values
        for (row, label) in labels.enumerated() {
            let scaled = values[row * logits.columns..<(row + 1) * logits.columns].map {
                Double($0) / temperature
            }
            let largest = scaled.max() ?? 0
            let total = scaled.reduce(0) { $0 + exp($1 - largest) }
            loss += log(total) - (scaled[label] - largest)
            let confidence = 1 / total
            let bin = min(bins - 1, Int(confidence * Double(bins)))
            sums[bin].count += 1
            sums[bin].correct += scaled.firstIndex(of: largest) == label ? 1 : 0
            sums[bin].confidence += confidence
        }
        let error = sums.reduce(0) { $0 + abs(Double($1.correct) - $1.confidence) }
        let count = Double(max(labels.count, 1))
        return Quality(likelihoodLoss: loss / count, calibrationError: error / count)
    }
}

extension TrainedModel {
    /// Fits a temperature on the validation split of the study and folds it
    /// into the head: the logits come divided by it, the most likely label
    /// stays.
    public mutating func foldTemperature() throws(InputError) {
        let task = try EncodedTask(provenance.task, seed: provenance.study.seed, model: folder)
        let labels: [Int]
        switch task.validation.targets {
        case .labels(let classes): labels = classes
        case .tags(let tags): labels = tags.labels
        case .values:
            throw InputError(
                "--temperature", reason: "is for labels and tags, whose outputs are probabilities")
        }
        let evaluation: Evaluation
        do {
            evaluation = try Evaluation(
                of: network, on: .tokens(task.validation), targets: task.validation.targets)
        } catch {
            throw InputError(folder.path, reason: "the validation split cannot be evaluated: \(error.reason)")
        }
        guard evaluation.outputs.values.allSatisfy(\.isFinite) else {
            throw InputError("--temperature", reason: "the logits of the validation split are not finite")
        }
        let calibration = Calibration(logits: evaluation.outputs, labels: labels)
        network.head.divideLogits(by: calibration.temperature)
        self.calibration = calibration
    }
}

extension ClassificationHead {
    fileprivate func divideLogits(by temperature: Double) {
        for parameter in [classifier.weight, classifier.bias] {
            parameter.value.scale(by: Float(1 / temperature))
        }
    }
}
