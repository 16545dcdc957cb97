import Experiments

/// What the libraries in Python call a model by what its head reads.
extension ReadRows {
    init(for kind: TaskDefinition.Kind) { self = kind == .tokenClassification ? .all : .first }

    /// Of a model that a `config.json` describes: whether it tags words.
    init(architectures: JSON?) {
        let names = architectures?.array?.compactMap(\.string) ?? []
        self = names.contains { $0.contains("For\(ReadRows.all.transformersTask)") } ? .all : .first
    }

    /// What the names of transformers' classes end with.
    var transformersTask: String {
        switch self {
        case .first: "SequenceClassification"
        case .all: "TokenClassification"
        }
    }

    var autoModel: String { "AutoModelFor\(transformersTask)" }

    /// PEFT's `task_type`.
    var peftTask: String {
        switch self {
        case .first: "SEQ_CLS"
        case .all: "TOKEN_CLS"
        }
    }

    /// AdapterHub's `head_type`.
    var adapterHubHead: String {
        switch self {
        case .first: "classification"
        case .all: "tagging"
        }
    }

    /// What a model hub calls it.
    var pipeline: String {
        switch self {
        case .first: "text-classification"
        case .all: "token-classification"
        }
    }
}
