import Experiments

/// Names that tell by themselves that another run gives another number.
package enum ObservedNames {
    /// Whether a command's metric of this name is an observation: a time, an
    /// energy or a use of memory.
    package static func contain(_ name: String) -> Bool {
        MeasurementName.kind(of: name) == .observed || suffixes.contains { name.hasSuffix($0) }
    }

    private static let suffixes = [
        "_seconds", "_minutes", "_hours", "_ms", "_us", "_joules", "_watts", "_per_second", "memory_bytes",
    ]
}
