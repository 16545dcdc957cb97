import Experiments
import LinearAlgebra

extension ModelFamily {
    /// Every family that is read, by name.
    public static let known = [bert, distilbert, electra, roberta]

    /// Devlin et al. 2018, arXiv 1810.04805.
    public static let bert = ModelFamily(
        "bert", head: HeadLayout(pooler: "pooler.dense", activation: .tanh, classifier: "classifier"))

    /// Liu et al. 2019, arXiv 1907.11692.
    public static let roberta = ModelFamily(
        "roberta",
        head: HeadLayout(
            pooler: "classifier.dense", activation: .tanh, classifier: "classifier.out_proj",
            dropsInput: true),
        configuration: ConfigurationKeys(absentPaddingID: 1), positions: .behindPadding)

    /// Sanh et al. 2019, arXiv 1910.01108: no token types.
    public static let distilbert = ModelFamily(
        "distilbert",
        names: TensorNames(
            blocks: "transformer.layer",
            maps: [
                .query: "attention.q_lin", .key: "attention.k_lin", .value: "attention.v_lin",
                .attentionOutput: "attention.out_lin", .feedForwardIn: "ffn.lin1",
                .feedForwardOut: "ffn.lin2",
            ],
            attentionNorm: "sa_layer_norm", outputNorm: "output_layer_norm"),
        head: HeadLayout(pooler: "pre_classifier", activation: .relu, classifier: "classifier"),
        configuration: ConfigurationKeys(
            hidden: "dim", layers: "n_layers", heads: "n_heads", feedForward: "hidden_dim",
            activation: "activation", tokenTypes: nil, layerNormEpsilon: nil))

    /// Clark et al. 2020, arXiv 2003.10555: the embeddings may be narrower
    /// than the hidden states.
    public static let electra = ModelFamily(
        "electra",
        head: HeadLayout(
            pooler: "classifier.dense", activation: .gelu, classifier: "classifier.out_proj",
            dropsInput: true),
        configuration: ConfigurationKeys(embedding: "embedding_size"))
}
