import Experiments
import LinearAlgebra

/// A prefix or prompt as an adapter of Hugging Face PEFT.
struct PEFTVirtualTokens {
    /// `PREFIX_TUNING` or `PROMPT_TUNING`.
    let type: String
    /// (P, 2·L·d): key and value of a layer after the other; or (P, d).
    let embeddings: Matrix

    /// With the modules of the head beside the encoder, which PEFT asks for.
    /// Names have no `model.` here.
    /// - Parameter folded: all weights of the network, by our names.
    func tensors(folded: [String: Matrix], of family: ModelFamily) -> [String: Matrix] {
        var tensors = ["prompt_embeddings": embeddings]
        for (name, value) in folded where family.headModules.contains(String(name.prefix { $0 != "." })) {
            tensors["base_model.\(name)"] = value
        }
        return tensors
    }

    /// The `adapter_config.json`.
    func config(base: String, of model: TrainedModel) -> JSON {
        let shape = model.base.shape
        return [
            "peft_type": .string(type), "task_type": .string(model.readRows.peftTask),
            "base_model_name_or_path": .string(base),
            "inference_mode": true, "num_virtual_tokens": .integer(embeddings.rows),
            "token_dim": .integer(type == "PROMPT_TUNING" ? shape.embedding : shape.hidden),
            "num_transformer_submodules": 1,
            "num_attention_heads": .integer(shape.heads), "num_layers": .integer(shape.layers),
        ]
    }
}
