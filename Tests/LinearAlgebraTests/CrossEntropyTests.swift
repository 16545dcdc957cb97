import Foundation
import LinearAlgebra
import Testing

@Suite struct CrossEntropyTests {
    static func reference(_ logits: [[Double]], _ labels: [Int]) -> Double {
        zip(logits, labels).reduce(0) { sum, pair in
            let largest = pair.0.max()!
            return sum + log(pair.0.reduce(0) { $0 + exp($1 - largest) }) - (pair.0[pair.1] - largest)
        } / Double(labels.count)
    }

    @Test(arguments: [2, 3, 17])
    func `loss and gradient are those of the formula within 1e-6`(classes: Int) {
        var generator = TestGenerator(UInt64(classes))
        let logits = generator.matrix(9, classes, deviation: 4)
        let labels = (0..<9).map { $0 % classes }
        let (loss, probabilities) = SoftmaxCrossEntropy.forward(logits, labels: labels)
        #expect(abs(loss - Self.reference(logits.doubles, labels)) < 1e-6)
        for row in probabilities.doubles { #expect(abs(row.reduce(0, +) - 1) < 1e-6) }
        let gradient = SoftmaxCrossEntropy.backward(probabilities: probabilities, labels: labels)
        for _ in 0..<5 {
            let direction = generator.matrix(9, classes).doubles
            let expected = slope(at: logits.doubles, along: direction) { Self.reference($0, labels) }
            let found = dot(gradient.doubles, direction)
            #expect(abs(found - expected) < 1e-6, "\(found), expected \(expected)")
        }
    }

    @Test func `large logits do not overflow`() {
        let logits = Matrix(rows: 2, columns: 2, values: [1e30, -1e30, 500, 400])
        #expect(SoftmaxCrossEntropy.forward(logits, labels: [0, 0]).loss == 0)
        #expect(SoftmaxCrossEntropy.forward(logits, labels: [0, 1]).loss == 50)
    }

    @Test func `equal logits give the logarithm of the classes`() {
        let loss = SoftmaxCrossEntropy.forward(Matrix(rows: 4, columns: 5), labels: [0, 1, 2, 4]).loss
        #expect(abs(loss - log(5)) < 1e-12)
    }

    @Test func `a logit that is not a number gives a loss that is none`() {
        let logits = Matrix(rows: 1, columns: 3, values: [1, .nan, 2])
        #expect(!SoftmaxCrossEntropy.forward(logits, labels: [0]).loss.isFinite)
    }
}
