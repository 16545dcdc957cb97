extension PrefixTuning {
    /// DistilBERT takes no past keys and values, by which PEFT brings a prefix
    /// in; with AdapterHub's library (1.3) its logits came out 0.01 apart.
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        if gate, let obstacle = SequenceGates.obstacle(to: format) { return obstacle }
        return switch format {
        case .merged: VirtualTokens.notInWeights
        case .peft where family == "distilbert": "PEFT has no prefixes for DistilBERT"
        case .peft:
            shiftsPositions
                ? nil
                : "PEFT's prefixes move the positions of the tokens, and prefix.shifts_positions is false"
        case .adapterHub where family == "distilbert":
            "its library computes another function of a prefix in DistilBERT"
        case .adapterHub:
            shiftsPositions ? "its library's prefixes do not move the positions of the tokens" : nil
        case .customCode: nil
        }
    }

    package var isAdapterHubAdapter: Bool { true }
}

/// What holds for prefixes and prompts.
enum VirtualTokens {
    static let notInWeights = "trained virtual tokens are no part of the weights"
}
