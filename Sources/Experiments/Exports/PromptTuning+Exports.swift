extension PromptTuning {
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        switch format {
        case .merged: VirtualTokens.notInWeights
        case .peft:
            placement == .before ? nil : "PEFT's prompts stand before the first token, and this one after it"
        case .adapterHub: "its library adds prompts behind the norm of the embeddings"
        case .customCode: nil
        }
    }
}
