import Experiments

/// How the libraries in Python build the models of a family, as far as the
/// names of its tensors do not say it.
struct PythonModel: Sendable {
    /// What the names of its classes begin with: `Bert`.
    let className: String
    /// The key of the head's dropout in a `config.json`.
    var headDropout = "classifier_dropout"
    /// Where our own code has bottlenecks, within a block.
    var bottlenecks: [Bottleneck.Placement: String] = [
        .serialAttention: "attention.output.bottleneck.serial",
        .serialFeedForward: "output.bottleneck.serial",
        .parallelFeedForward: "output.bottleneck.parallel", .pfeiffer: "output.bottleneck.pfeiffer",
    ]
    /// Where our own code has prefixes, within a block.
    var prefixes = "attention.self"
    /// Where AdapterHub's library has bottlenecks, within a block.
    var adapterHubAttention = "attention.output.adapters"
    var adapterHubOutput = "output.adapters"
    /// What it calls the place of a prefix.
    var adapterHubPrefix = "self_prefix"
    /// Whether it loads no checkpoint of an encoder alone.
    var adapterHubWantsPrefix = false
    /// Whether attention and feed-forward part are modules without the
    /// residual, as in DistilBERT.
    var hasPlainParts = false

    private static let known: [String: PythonModel] = [
        "bert": PythonModel(className: "Bert"), "roberta": PythonModel(className: "Roberta"),
        "electra": PythonModel(className: "Electra"),
        "distilbert": PythonModel(
            className: "DistilBert", headDropout: "seq_classif_dropout",
            bottlenecks: [
                .serialAttention: "attention.out_lin.bottleneck.serial",
                .serialFeedForward: "ffn.bottleneck.serial", .parallelFeedForward: "ffn.bottleneck.parallel",
                .pfeiffer: "ffn.bottleneck.pfeiffer",
            ],
            prefixes: "attention", adapterHubAttention: "attention_adapters.adapters",
            adapterHubOutput: "output_adapters.adapters", adapterHubPrefix: "self",
            adapterHubWantsPrefix: true, hasPlainParts: true),
    ]

    func classifier(reading rows: ReadRows) -> String { "\(className)For\(rows.transformersTask)" }
    var adapterModel: String { "\(className)AdapterModel" }
}

extension PythonModel {
    /// - Precondition: every family of `ModelFamily.known` is here.
    init(of family: ModelFamily) {
        guard let model = Self.known[family.name] else {
            preconditionFailure("nothing is known of \(family.name) in Python")
        }
        self = model
    }
}
