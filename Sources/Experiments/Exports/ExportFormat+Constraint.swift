/// A format as a constraint of the search: an exact measurement that is 1 for
/// a configuration that the format can hold, else 0.
extension ExportFormat {
    private static let prefix = "exportable_as_"

    /// The measurement's name.
    public var metric: String { Self.prefix + rawValue }

    public init?(metric: String) {
        guard metric.hasPrefix(Self.prefix) else { return nil }
        self.init(rawValue: String(metric.dropFirst(Self.prefix.count)))
    }
}

extension Constraint {
    /// Reads `exportable_as contains peft`.
    static func exportable(_ words: [Substring]) -> Constraint? {
        guard words.count == 3, words[0] == "exportable_as", words[1] == "contains",
            let format = ExportFormat(rawValue: String(words[2]))
        else { return nil }
        return Constraint(exportableAs: format)
    }

    public init(exportableAs format: ExportFormat) {
        self.init(metric: format.metric, comparison: .atLeast, bound: 1)
    }

    /// The format that it demands; nil for any other bound.
    public var exportFormat: ExportFormat? {
        comparison == .atLeast && bound == 1 ? ExportFormat(metric: metric) : nil
    }

    /// Whether a configuration can be exported as it demands; true for any
    /// other bound.
    public func admits(
        _ configuration: Configuration, for family: String, task: TaskDefinition.Kind
    ) -> Bool {
        exportFormat.map { configuration.obstacles(to: $0, for: family, task: task).isEmpty } ?? true
    }
}
