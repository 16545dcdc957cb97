import LinearAlgebra

/// Keys and values of all prefixes from one small table,
/// `W_l·tanh(W·E + b) + b_l`: trains more steadily than they do alone (Li and
/// Liang 2021, arXiv 2101.00190, section 4.3).
final class PrefixProjection: Reparameterization {
    /// E, (longest prefix, d).
    let embedding: Parameter
    /// W, (h, d).
    let dense: AffineMap
    private var outputs: [(map: AffineMap, vectors: Parameter)] = []
    private var pass: Pass?

    private struct Pass {
        let dense: AffineMap.Cache
        let slope: Operand
        let outputs: [AffineMap.Cache]
    }

    init(embedding: Parameter, dense: AffineMap, in attachment: Attachment) {
        self.embedding = embedding
        self.dense = dense
        attachment.add(self)
    }

    /// - Parameters:
    ///   - map: W_l, (d, h).
    ///   - vectors: (P, d), computed.
    func add(_ map: AffineMap, to vectors: Parameter) { outputs.append((map, vectors)) }

    var computed: [Parameter] { outputs.map(\.vectors) }

    var sources: [Parameter] {
        [embedding] + ([dense] + outputs.map(\.map)).flatMap { [$0.weight, $0.bias] }
    }

    func compute() {
        let mode = ForwardMode.evaluation(OpenBLASProducts())
        let (hidden, denseCache) = dense.forward(.float32(embedding.value), mode: mode)
        let (activated, slope) = Activation.tanh.forward(.float32(hidden), as: .float32, needsSlope: true)
        let caches = outputs.map { map, vectors in
            let rows = activated.matrix.firstRows(vectors.value.rows)
            let (value, cache) = map.forward(.float32(rows), mode: mode)
            vectors.value = value
            return cache
        }
        pass = Pass(dense: denseCache, slope: slope!, outputs: caches)
    }

    func backward() {
        guard let pass else { return }
        let products = OpenBLASProducts()
        var dActivated = Matrix(rows: embedding.value.rows, columns: dense.weight.value.rows)
        for ((map, vectors), cache) in zip(outputs, pass.outputs) {
            guard let gradient = vectors.gradient,
                let through = map.backward(.float32(gradient), cache: cache, products: products)
            else { continue }
            dActivated.scatterAddRows(through, at: Array(0..<through.rows))
        }
        let dHidden = dActivated.times(pass.slope.matrix)
        let dEmbedding = dense.backward(.float32(dHidden), cache: pass.dense, products: products)
        if let dEmbedding { embedding.accumulate(dEmbedding) }
    }
}
