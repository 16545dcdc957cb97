import Experiments
import LinearAlgebra

extension PrefixTuning: AttachedMethod {
    func attach(to embeddings: Embeddings, in attachment: Attachment) {
        embeddings.prefixOffset = positionOffset
    }

    func attach(to block: EncoderBlock, layer: Int, in attachment: Attachment) {
        guard let length = lengths[layer], length > 0 else { return }
        let prefix = "\(attachment.names.block(layer)).attention.self.prefix"
        let hidden = attachment.base.shape.hidden
        func tensor(_ part: String, _ projection: Projection) -> Parameter {
            let name = "\(prefix)_\(part).weight"
            switch start {
            case .random: return attachment.fresh(name, .normal(deviation: 1), length, hidden)
            case .zero: return attachment.fresh(name, .zero, length, hidden)
            case .vocabulary:
                let states = attachment.states(ofDrawnTokens: length, purpose: Self.name, below: layer)
                let map = block.maps[projection]!
                let value = Matrix.product(states, map.weight.value, transposing: .second)
                return attachment.trained(
                    name, value.addingToEachRow(map.bias.value), decays: TensorNames.isMatrix(name))
            }
        }
        block.prefix = KeyValuePrefix(
            key: tensor("key", .key), value: tensor("value", .value),
            gate: gate ? attachment.gate("\(prefix)_gate", of: hidden) : nil)
    }
}
