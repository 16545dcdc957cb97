import Experiments
import LinearAlgebra

extension PrefixTuning: AttachedMethod {
    func gather(
        _ inputs: inout ComponentInputs, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {
        guard start == .text, projection == 0, !isEmpty else { return }
        try inputs.addTokens(of: text, for: Self.name, base, from: sources)
    }

    func attach(to embeddings: Embeddings, in attachment: Attachment) {
        embeddings.prefixOffset = positionOffset
    }

    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        guard let length = lengths[layer], length > 0 else { return }
        let prefix = "\(attachment.names.block(layer)).attention.self.prefix"
        block.prefix = KeyValuePrefix(
            key: tensor("key", .key, length, layer, block, attachment),
            value: tensor("value", .value, length, layer, block, attachment),
            gate: gate ? attachment.gate("\(prefix)_gate", of: attachment.base.shape.hidden) : nil)
    }

    private func tensor(
        _ part: String, _ projection: Projection, _ length: Int, _ layer: Int, _ block: EncoderBlock,
        _ attachment: Attachment
    ) -> Parameter {
        let place = "\(attachment.names.block(layer)).attention.self.prefix_\(part)"
        let hidden = attachment.base.shape.hidden
        if self.projection > 0 {
            let vectors = attachment.computed("\(place).weight", Matrix(rows: length, columns: hidden))
            let map = attachment.freshMap("\(place).projection", in: self.projection, out: hidden)
            shared(in: attachment).add(map, to: vectors)
            return vectors
        }
        let name = "\(place).weight"
        switch start {
        case .random: return attachment.fresh(name, .normal(deviation: 1), length, hidden)
        case .zero: return attachment.fresh(name, .zero, length, hidden)
        case .vocabulary, .text:
            let tokens = tokens(ofLength: length, in: attachment)
            let states = attachment.states(of: tokens, below: layer).gatherRows(Array(0..<length))
            let map = block.maps[projection]!
            let value = Matrix.product(states, map.weight.value, transposing: .second)
            return attachment.trained(name, value.addingToEachRow(map.bias.value), decays: true)
        }
    }

    /// At least as many as the length, which the base reads.
    private func tokens(ofLength length: Int, in attachment: Attachment) -> [Int] {
        guard start == .text else { return attachment.drawnTokens(length, purpose: Self.name) }
        let longest = lengths.values.max() ?? length
        let all = attachment.inputs.tokens(of: text, atLeast: longest)
        return Array(all.prefix(max(longest, attachment.base.shape.longestSequence)))
    }

    private func shared(in attachment: Attachment) -> PrefixProjection {
        attachment.shared("prefix.projection") {
            let hidden = attachment.base.shape.hidden
            return PrefixProjection(
                embedding: attachment.fresh(
                    "prefix.embedding.weight", .normal(deviation: 1), lengths.values.max() ?? 0, hidden),
                dense: attachment.freshMap("prefix.dense", in: hidden, out: projection), in: attachment)
        }
    }
}
