public import LinearAlgebra

/// An encoder with a head and whatever is attached to them.
///
/// Made by `Transformer.attach`; used by one thread at a time.
public final class Transformer {
    let embeddings: Embeddings
    let blocks: [EncoderBlock]
    let head: ClassificationHead
    /// What the head reads.
    let readRows: ReadRows
    /// The trainable parameters in a fixed order.
    public let trainable: [Parameter]
    /// What was added to the base and does not train.
    package let constants: [Parameter]
    /// Blocks below this one, and the embeddings, hold nothing that trains: no
    /// gradient reaches them. `blocks.count` when only the head trains, -1
    /// when the embeddings do.
    package let lowestTrainableBlock: Int
    /// The block up to which hidden states are those of the base alone.
    package let lowestChangedBlock: Int
    /// The tensors that are computed from trained ones.
    let reparameterizations: [any Reparameterization]
    /// What each of them was computed from last.
    private var computedFrom: [[Parameter.Revision]]
    let regulators: [any TrainingRegulator]

    struct Cache {
        /// Nil when the pass began above the embeddings.
        let embeddings: (batch: TokenBatch, cache: Embeddings.Cache)?
        /// Of the blocks from `lowestTrainableBlock` up.
        let blocks: [EncoderBlock.Cache]
        /// What of the rows above the last block the head reads; nil for all.
        let headRows: (read: [Int], count: Int)?
        let head: ClassificationHead.Cache
    }

    init(
        embeddings: Embeddings, blocks: [EncoderBlock], head: ClassificationHead, readRows: ReadRows,
        trainable: [Parameter], constants: [Parameter], lowestTrainableBlock: Int,
        lowestChangedBlock: Int, reparameterizations: [any Reparameterization] = [],
        regulators: [any TrainingRegulator] = []
    ) {
        self.regulators = regulators
        self.lowestChangedBlock = lowestChangedBlock
        self.reparameterizations = reparameterizations
        computedFrom = reparameterizations.map { _ in [] }
        self.embeddings = embeddings
        self.blocks = blocks
        self.head = head
        self.readRows = readRows
        self.trainable = trainable
        self.constants = constants
        self.lowestTrainableBlock = lowestTrainableBlock
    }

    /// The outputs without dropout, in float32: (sequences, classes), or
    /// (tokens, classes) where the head reads all rows.
    public func logits(of batch: TokenBatch) -> Matrix {
        logits(of: .tokens(batch), by: OpenBLASProducts())
    }

    package func logits(of input: NetworkInput, by products: any ProductLibrary) -> Matrix {
        forward(input, mode: .evaluation(products)).logits
    }

    func forward(_ input: NetworkInput, mode: ForwardMode) -> (logits: Matrix, cache: Cache) {
        refresh()
        var (states, embeddingCache) = start(input, mode.products)
        var blockCaches: [EncoderBlock.Cache] = []
        for index in states.layer..<blocks.count {
            // No gradient comes back below the lowest block that trains.
            let isTrained = mode.isTraining && index >= lowestTrainableBlock
            let cache = pass(&states, mode: isTrained ? mode : .evaluation(mode.products))
            if isTrained { blockCaches.append(cache) }
        }
        let headRows = readRows == .all ? embeddings.prompt?.tokenRows(states.offsets) : nil
        let (logits, headCache) = head.forward(
            headRows.map(states.values.gatherRows) ?? states.values, mode: mode)
        return (
            logits,
            Cache(
                embeddings: embeddingCache, blocks: blockCaches,
                headRows: headRows.map { ($0, states.values.rows) }, head: headCache)
        )
    }

    /// Ranks at which it can be measured besides its whole, ascending.
    package var measurableRanks: [Int] { Set(regulators.flatMap(\.measurableRanks)).sorted() }

    /// Lets updates act at a lower rank; nil is their whole.
    package func restrict(toRank rank: Int?) { regulators.forEach { $0.restrict(toRank: rank) } }

    /// Computes what is computed from trained tensors, where they have changed.
    package func refresh() {
        for (index, reparameterization) in reparameterizations.enumerated() {
            let sources = reparameterization.sources.map(\.revision)
            guard sources != computedFrom[index] else { continue }
            reparameterization.compute()
            computedFrom[index] = sources
        }
    }

    /// Sets the gradient of every trainable parameter.
    /// - Parameter isFirst: of those of a step; another adds to the gradients.
    func backward(_ dLogits: Matrix, cache: Cache, products: any ProductLibrary, isFirst: Bool = true) {
        if isFirst { for parameter in trainable { parameter.gradient = nil } }
        for parameter in reparameterizations.flatMap(\.computed) { parameter.gradient = nil }
        networkBackward(dLogits, cache: cache, products: products)
        for reparameterization in reparameterizations.reversed() { reparameterization.backward() }
    }

    private func networkBackward(_ dLogits: Matrix, cache: Cache, products: any ProductLibrary) {
        let lowest = max(lowestTrainableBlock, 0)
        guard
            var dh = head.backward(
                dLogits, cache: cache.head, products: products,
                needsInputGradient: lowestTrainableBlock < blocks.count)
        else { return }
        if let rows = cache.headRows {
            var whole = Matrix(rows: rows.count, columns: dh.columns)
            whole.scatterAddRows(dh, at: rows.read)
            dh = whole
        }
        for index in stride(from: blocks.count - 1, through: lowest, by: -1) {
            guard
                let gradient = blocks[index].backward(
                    dh, cache: cache.blocks[index - lowest], products: products,
                    needsInputGradient: index > lowestTrainableBlock)
            else { return }
            dh = gradient
        }
        guard let embeddingCache = cache.embeddings else { return }
        embeddings.backward(
            dh, batch: embeddingCache.batch, cache: embeddingCache.cache, products: products)
    }

    /// The states of a batch after `layer` blocks, without dropout.
    package func states(
        of batch: TokenBatch, after layer: Int, by products: any ProductLibrary
    ) -> HiddenStates {
        var states = start(.tokens(batch), products).states
        while states.layer < layer { _ = pass(&states, mode: .evaluation(products)) }
        return states
    }

    private func start(
        _ input: NetworkInput, _ products: any ProductLibrary
    ) -> (states: HiddenStates, cache: (batch: TokenBatch, cache: Embeddings.Cache)?) {
        switch input {
        case .states(let states): return (states, nil)
        case .tokens(let batch):
            let (y, cache) = embeddings.forward(batch, products: products)
            return (HiddenStates(layer: 0, values: y, offsets: embeddings.offsets(of: batch)), (batch, cache))
        }
    }

    /// One block. Where the head reads each sequence's first row, the last
    /// computes no other.
    private func pass(_ states: inout HiddenStates, mode: ForwardMode) -> EncoderBlock.Cache {
        let isLast = readRows == .first && states.layer == blocks.count - 1
        let firstRows = Array(states.offsets.dropLast())
        let (y, cache) = blocks[states.layer].forward(
            states.values, offsets: states.offsets, readRows: isLast ? firstRows : nil, mode: mode)
        states = HiddenStates(
            layer: states.layer + 1, values: y,
            offsets: isLast ? Array(0...firstRows.count) : states.offsets)
        return cache
    }
}
