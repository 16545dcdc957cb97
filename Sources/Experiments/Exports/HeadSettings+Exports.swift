extension HeadSettings {
    /// Why a format cannot hold it; nil where it can.
    func obstacle(to format: ExportFormat, task: TaskDefinition.Kind) -> String? {
        // No library puts a pooler under a classifier of words.
        guard pooler == .absent, task != .tokenClassification else { return nil }
        return switch format {
        case .merged, .peft:
            "the classifier reads the hidden state, and transformers' model puts a pooler between them"
        case .adapterHub, .customCode: nil
        }
    }
}
