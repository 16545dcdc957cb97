public import LinearAlgebra

/// An encoder with a classification head and whatever is attached to them.
///
/// Made by `Transformer.attach`; used by one thread at a time.
public final class Transformer {
    let embeddings: Embeddings
    let blocks: [EncoderBlock]
    let head: ClassificationHead
    /// The trainable parameters in a fixed order.
    public let trainable: [Parameter]
    /// Blocks below this one, and the embeddings, hold nothing that trains: no
    /// gradient reaches them. `blocks.count` when only the head trains, -1
    /// when the embeddings do.
    package let lowestTrainableBlock: Int

    struct Cache {
        let embeddings: LayerNormalization.Cache
        /// Of the blocks from `lowestTrainableBlock` up.
        let blocks: [EncoderBlock.Cache]
        let head: ClassificationHead.Cache
        let batch: TokenBatch
    }

    init(
        embeddings: Embeddings, blocks: [EncoderBlock], head: ClassificationHead, trainable: [Parameter],
        lowestTrainableBlock: Int
    ) {
        self.embeddings = embeddings
        self.blocks = blocks
        self.head = head
        self.trainable = trainable
        self.lowestTrainableBlock = lowestTrainableBlock
    }

    /// The logits (sequences, classes) without dropout.
    public func logits(of batch: TokenBatch) -> Matrix {
        forward(batch, mode: .evaluation).logits
    }

    func forward(_ batch: TokenBatch, mode: ForwardMode) -> (logits: Matrix, cache: Cache) {
        var (h, embeddingCache) = embeddings.forward(batch)
        var blockCaches: [EncoderBlock.Cache] = []
        for (index, block) in blocks.enumerated() {
            let (y, cache) = block.forward(h, offsets: batch.offsets, mode: mode)
            h = y
            if mode.isTraining, index >= lowestTrainableBlock { blockCaches.append(cache) }
        }
        let (logits, headCache) = head.forward(h, batch: batch, mode: mode)
        return (
            logits, Cache(embeddings: embeddingCache, blocks: blockCaches, head: headCache, batch: batch)
        )
    }

    /// Sets the gradient of every trainable parameter.
    func backward(_ dLogits: Matrix, cache: Cache) {
        for parameter in trainable { parameter.gradient = nil }
        let lowest = max(lowestTrainableBlock, 0)
        guard
            var dh = head.backward(
                dLogits, cache: cache.head, needsInputGradient: lowestTrainableBlock < blocks.count)
        else { return }
        for index in stride(from: blocks.count - 1, through: lowest, by: -1) {
            let isNeeded = index > lowestTrainableBlock
            guard
                let gradient = blocks[index].backward(
                    dh, offsets: cache.batch.offsets, cache: cache.blocks[index - lowest],
                    needsInputGradient: isNeeded)
            else { return }
            dh = gradient
        }
        embeddings.backward(dh, batch: cache.batch, cache: cache.embeddings)
    }

    /// The hidden states after the embeddings and after each block, (T, d)
    /// each.
    package func hiddenStates(of batch: TokenBatch) -> [Matrix] {
        var states = [embeddings.forward(batch).y]
        for block in blocks {
            states.append(block.forward(states.last!, offsets: batch.offsets, mode: .evaluation).y)
        }
        return states
    }
}
