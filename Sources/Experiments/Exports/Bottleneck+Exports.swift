extension Bottleneck {
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        if gate, let obstacle = SequenceGates.obstacle(to: format) { return obstacle }
        return switch format {
        case .merged: "a bottleneck adapter has a nonlinearity and cannot be folded into the weights"
        case .peft: "PEFT has no bottleneck adapters"
        case .adapterHub, .customCode: nil
        }
    }

    package var isAdapterHubAdapter: Bool { true }
}
