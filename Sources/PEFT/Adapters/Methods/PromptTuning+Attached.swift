import Experiments
import LinearAlgebra

extension PromptTuning: AttachedMethod {
    func gather(
        _ inputs: inout ComponentInputs, for base: BaseModel, from sources: ComponentSources?
    ) throws(InputError) {
        guard start == .text, length > 0 else { return }
        try inputs.addTokens(of: text, for: Self.name, base, from: sources)
    }

    func attach(to embeddings: Embeddings, in attachment: Attachment) {
        guard length > 0 else { return }
        let name =
            encoder == .none ? "embeddings.prompt.weight" : "embeddings.prompt_encoder.embedding.weight"
        let words = embeddings.words.value
        func beginning(as tokens: [Int]) -> Parameter {
            attachment.trained(name, words.gatherRows(tokens), decays: true)
        }
        var vectors =
            switch start {
            case .random: attachment.fresh(name, .normal(deviation: 1), length, words.columns)
            case .vocabulary: beginning(as: attachment.drawnTokens(length, purpose: Self.name))
            case .text:
                beginning(as: Array(attachment.inputs.tokens(of: text, atLeast: length).prefix(length)))
            }
        if encoder != .none { vectors = encoded(vectors, in: attachment) }
        embeddings.prompt = Prompt(vectors, tokensBefore: placement == .before ? 0 : 1)
    }

    /// With the tensors of PEFT's `PromptEncoder`.
    private func encoded(_ embedding: Parameter, in attachment: Attachment) -> Parameter {
        let place = "embeddings.prompt_encoder"
        let width = embedding.value.columns
        let vectors = attachment.computed(
            "embeddings.prompt.weight", Matrix(rows: length, columns: width))
        let recurrent = encoder == .lstm ? [0, 1].map { lstm($0, place, width, attachment) } : []
        let sides =
            encoder == .lstm
            ? [2 * hidden, 2 * hidden, width] : [width, hidden, hidden, width]
        let maps = sides.indices.dropLast().map { index in
            attachment.freshMap("\(place).mlp_head.\(2 * index)", in: sides[index], out: sides[index + 1])
        }
        _ = PromptEncoder(
            embedding: embedding, recurrent: recurrent, maps: maps, vectors: vectors, in: attachment)
        return vectors
    }

    private func lstm(
        _ layer: Int, _ place: String, _ width: Int, _ attachment: Attachment
    ) -> BidirectionalLSTM {
        let input = layer == 0 ? width : 2 * hidden
        func direction(_ suffix: String) -> LSTM {
            // As PyTorch starts them: uniform in ±1/√h.
            func tensor(_ name: String, _ rows: Int, _ columns: Int) -> Parameter {
                attachment.fresh(
                    "\(place).lstm_head.\(name)_l\(layer)\(suffix)",
                    .uniform(bound: 1 / Double(hidden).squareRoot()), rows, columns, decays: rows > 1)
            }
            return LSTM(
                inputWeight: tensor("weight_ih", 4 * hidden, input),
                hiddenWeight: tensor("weight_hh", 4 * hidden, hidden),
                inputBias: tensor("bias_ih", 1, 4 * hidden), hiddenBias: tensor("bias_hh", 1, 4 * hidden))
        }
        return BidirectionalLSTM(forwards: direction(""), backwards: direction("_reverse"))
    }
}
