import LinearAlgebra

/// What stands between the hidden state of a sequence's first token and its
/// logits: `classifier(dropout(f(pooler(h))))`.
///
/// Configurations call the dense layer under the classifier the pooler,
/// whatever its family does.
struct HeadLayout: Sendable, Hashable {
    let pooler: String
    let activation: Activation
    let classifier: String
    /// Whether dropout acts on the pooler's input too.
    var dropsInput = false
}
