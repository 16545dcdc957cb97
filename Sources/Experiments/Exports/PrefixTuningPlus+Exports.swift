extension PrefixTuningPlus {
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        switch format {
        case .merged: "a map of the queries beside attention is no part of the weights"
        case .peft: "PEFT has no map of the queries beside attention"
        case .adapterHub: "its library has no map of the queries beside attention"
        case .customCode: nil
        }
    }
}
