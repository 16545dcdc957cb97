import Experiments
import LinearAlgebra

/// A map that is one of several copies in each pass of a training step, drawn
/// for the pass, and their mean otherwise (AdaMix, Wang et al. 2022, arXiv 2205.12410,
/// sections 3.1 and 3.3).
final class RoutedMap: Reparameterization, TrainingRegulator {
    private let copies: [AffineMap]
    let map: AffineMap
    private let name: String
    /// Nil for the mean.
    private var route: Int?

    init(_ copies: [AffineMap], name: String, in attachment: Attachment) {
        self.copies = copies
        self.name = name
        map = AffineMap(
            weight: attachment.computed("\(name).weight", copies[0].weight.value),
            bias: attachment.computed("\(name).bias", copies[0].bias.value))
    }

    func willPass(_ pass: Int, of step: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed, purpose: "route \(name)", step: step, pass: pass)
        route = generator.index(below: copies.count)
    }

    func didTrain() { route = nil }

    var computed: [Parameter] { [map.weight, map.bias] }

    var sources: [Parameter] { taken.flatMap { [$0.weight, $0.bias] } }

    func compute() {
        map.weight.value = mean(\.weight)
        map.bias.value = mean(\.bias)
    }

    func backward() {
        for copy in taken {
            pass(map.weight, to: copy.weight)
            pass(map.bias, to: copy.bias)
        }
    }

    private var taken: [AffineMap] { route.map { [copies[$0]] } ?? copies }

    private func mean(_ part: KeyPath<AffineMap, Parameter>) -> Matrix {
        var sum = taken[0][keyPath: part].value
        for copy in taken.dropFirst() { sum.add(copy[keyPath: part].value) }
        if taken.count > 1 { sum.scale(by: 1 / Float(taken.count)) }
        return sum
    }

    private func pass(_ computed: Parameter, to copy: Parameter) {
        guard var gradient = computed.gradient else { return }
        if taken.count > 1 { gradient.scale(by: 1 / Float(taken.count)) }
        copy.accumulate(gradient)
    }
}
