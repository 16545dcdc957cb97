import Experiments

/// Measurements for people: what, how much, of which kind and how obtained.
enum MeasurementTable {
    static func text(_ measurements: [Measurement]) -> String {
        var table = TextTable(headings: ["measurement", "value", "kind", "method"])
        table.numeric = [1]
        table.rows = measurements.map {
            [$0.name, TrialTable.number($0.value), $0.kind.rawValue, $0.method]
        }
        return table.text
    }
}
