import LinearAlgebra

/// P-tuning's way to a prompt (Liu et al. 2021, arXiv 2103.10385): a table goes
/// through a bidirectional LSTM, if there is one, and a perceptron.
final class PromptEncoder: Reparameterization {
    /// (P, d).
    let embedding: Parameter
    let recurrent: [BidirectionalLSTM]
    /// With ReLU between them.
    let maps: [AffineMap]
    /// (P, d), computed.
    let vectors: Parameter
    private var pass: Pass?

    private struct Pass {
        let recurrent: [BidirectionalLSTM.Cache]
        let maps: [(cache: AffineMap.Cache, slope: Operand?)]
    }

    init(
        embedding: Parameter, recurrent: [BidirectionalLSTM], maps: [AffineMap], vectors: Parameter,
        in attachment: Attachment
    ) {
        self.embedding = embedding
        self.recurrent = recurrent
        self.maps = maps
        self.vectors = vectors
        attachment.add(self)
    }

    var computed: [Parameter] { [vectors] }

    var sources: [Parameter] {
        [embedding] + recurrent.flatMap(\.parameters) + maps.flatMap { [$0.weight, $0.bias] }
    }

    func compute() {
        var value = embedding.value
        var recurrentCaches: [BidirectionalLSTM.Cache] = []
        for layer in recurrent {
            let (next, cache) = layer.forward(value)
            value = next
            recurrentCaches.append(cache)
        }
        let mode = ForwardMode.evaluation(OpenBLASProducts())
        var mapCaches: [(AffineMap.Cache, Operand?)] = []
        for (index, map) in maps.enumerated() {
            let (y, cache) = map.forward(.float32(value), mode: mode)
            guard index < maps.count - 1 else {
                value = y
                mapCaches.append((cache, nil))
                break
            }
            let (activated, slope) = Activation.relu.forward(.float32(y), as: .float32, needsSlope: true)
            value = activated.matrix
            mapCaches.append((cache, slope))
        }
        vectors.value = value
        pass = Pass(recurrent: recurrentCaches, maps: mapCaches)
    }

    func backward() {
        guard var gradient = vectors.gradient, let pass else { return }
        for (map, (cache, slope)) in zip(maps, pass.maps).reversed() {
            if let slope { gradient = gradient.times(slope.matrix) }
            gradient = map.backward(.float32(gradient), cache: cache, products: OpenBLASProducts())!
        }
        for (layer, cache) in zip(recurrent, pass.recurrent).reversed() {
            gradient = layer.backward(gradient, cache: cache)
        }
        embedding.accumulate(gradient)
    }
}
