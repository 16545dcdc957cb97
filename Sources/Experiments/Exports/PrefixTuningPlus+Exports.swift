extension PrefixTuningPlus {
    package func obstacle(to format: ExportFormat, for family: String) -> String? {
        "no format holds a map of the queries beside attention"
    }
}
