extension LoRA {
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        gate ? SequenceGates.obstacle(to: format) : nil
    }

    /// The library's own DoRA has another norm, and it has no low-rank update
    /// of attention's output map.
    package var isAdapterHubAdapter: Bool {
        variant != .dora && ranks.contains { $0.key.projection != .attentionOutput && $0.value > 0 }
    }
}

/// What holds for UniPELT's gates.
enum SequenceGates {
    static func obstacle(to format: ExportFormat) -> String? {
        switch format {
        case .merged: "a gate gives each sequence a factor of its own and cannot be folded into the weights"
        case .peft: "PEFT has no gates"
        case .adapterHub:
            "its library's gates take in the padding of a batch, so a text's output depends on the others"
        case .customCode: nil
        }
    }
}
