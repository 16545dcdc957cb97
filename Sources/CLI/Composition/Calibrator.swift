import Experiments
import Search

/// Trains a baseline for a few seconds, in as many slots as the study uses,
/// since neighbours share the machine's memory and clock.
struct Calibrator: Sendable {
    let study: Study
    let run: CalibrationRun
    let slots: Int
    let dataFolder: String

    /// - Throws: the `TrialFailure` of a slot that could not train.
    func measure() async throws -> StudyForecast.Calibration {
        var study = study
        study.search.derived = 0
        let results = try await withThrowingTaskGroup(of: TrialResult.self) { group in
            for slot in 0..<slots {
                group.addTask { [study] in
                    try await SingleTrial(
                        study: study, configuration: run.configuration.json, seed: UInt64(slot),
                        dataFolder: dataFolder, budget: run.trainingShare,
                        validationLimit: run.validationExamples
                    ).run()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        func median(_ name: String) -> Double? {
            let values = results.compactMap { result in
                result.measurements.first { $0.name == name }?.value
            }.sorted()
            return values.isEmpty ? nil : values[values.count / 2]
        }
        return StudyForecast.Calibration(
            run: run, trainSeconds: median(MeasurementName.trainSeconds) ?? 0,
            validationSeconds: median(MeasurementName.validationSeconds) ?? 0,
            latencySeconds: (median(MeasurementName.latency) ?? 0) / 1000,
            peakMemoryBytes: median(MeasurementName.peakMemory))
    }
}
