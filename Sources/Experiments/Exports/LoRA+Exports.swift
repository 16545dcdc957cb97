extension LoRA {
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        gate ? SequenceGates.inNoFormat : nil
    }

    /// The library's own DoRA has another norm, and it has no low-rank update
    /// of attention's output map.
    package var isAdapterHubAdapter: Bool {
        variant != .dora && ranks.contains { $0.key.projection != .attentionOutput && $0.value > 0 }
    }
}

/// What holds for UniPELT's gates.
enum SequenceGates {
    static let inNoFormat = "no format holds a gate for each sequence"
}
