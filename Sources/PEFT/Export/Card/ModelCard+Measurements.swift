import Experiments

extension ModelCard {
    /// Those of quality that a hub may list: all that were computed from
    /// predictions, without the ends of their intervals.
    var qualities: [Measurement] {
        let names = Set(model.provenance.measurements.map(\.name))
        return model.provenance.measurements.filter { measurement in
            measurement.kind == .deterministic
                && !["_low", "_high"].contains { ending in
                    measurement.name.hasSuffix(ending)
                        && names.contains(String(measurement.name.dropLast(ending.count)))
                }
        }
    }

    var measurements: String {
        let ends = Set(
            qualities.flatMap { [MeasurementName.low(of: $0.name), MeasurementName.high(of: $0.name)] })
        let rows = model.provenance.measurements.filter { !ends.contains($0.name) }.map { measurement in
            "| \(measurement.name) | \(JSON.number(measurement.value).canonicalText) | "
                + "\(interval(of: measurement.name) ?? "") | "
                + "\(measurement.kind.rawValue): \(Self.plain(measurement.method)) |"
        }
        guard !rows.isEmpty else { return "None." }
        let note = calibrationNote + "Intervals do not hold what another seed would change."
        return (["| measurement | value | interval | how |", "|---|---|---|---|"] + rows + ["", note])
            .joined(separator: "\n")
    }

    private func interval(of name: String) -> String? {
        func value(_ name: String) -> Double? {
            model.provenance.measurements.first { $0.name == name }?.value
        }
        guard let low = value(MeasurementName.low(of: name)), let high = value(MeasurementName.high(of: name))
        else { return nil }
        return "\(Self.short(low)) to \(Self.short(high))"
    }

    private var calibrationNote: String {
        model.calibration == nil ? "" : "Measured before the temperature was folded in. "
    }

    var calibration: String? {
        model.calibration.map { calibration in
            """
            The logits are divided by a temperature of \(Self.short(calibration.temperature)), folded into the \
            classifier; the most likely label is the same. It was fitted on the \(calibration.examples) examples \
            of the validation split, on which it is measured here, so the gain is the most that can be expected.

            | | before | after |
            |---|---|---|
            | negative log-likelihood | \(Self.short(calibration.before.likelihoodLoss)) | \
            \(Self.short(calibration.after.likelihoodLoss)) |
            | expected calibration error, 15 bins | \(Self.short(calibration.before.calibrationError)) | \
            \(Self.short(calibration.after.calibrationError)) |
            """
        }
    }

    static func short(_ value: Double) -> String {
        JSON.number((value * 10_000).rounded() / 10_000).canonicalText
    }
}
