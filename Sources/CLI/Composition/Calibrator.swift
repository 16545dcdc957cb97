import Experiments
import Search

/// Trains a baseline for a few seconds, in as many slots as the study uses,
/// since neighbours share the machine's memory and clock.
struct Calibrator: Sendable {
    let study: Study
    let forecast: StudyForecast
    let slots: Int
    let dataFolder: String

    /// About three seconds of training on the machine of docs/decisions/0007.
    private static let work = 1.5e12

    /// - Throws: the `TrialFailure` of a slot that could not train.
    func run() async throws -> StudyForecast.Calibration {
        let trial = forecast.baselines[0]
        let share = min(1, Self.work / trial.work.training)
        let results = try await withThrowingTaskGroup(of: TrialResult.self) { group in
            for slot in 0..<slots {
                group.addTask {
                    try await SingleTrial(
                        study: study, configuration: trial.configuration.json, seed: UInt64(slot),
                        dataFolder: dataFolder, budget: share
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
            configuration: trial.configuration, share: share,
            trainSeconds: median(MeasurementName.trainSeconds) ?? 0,
            validationSeconds: median(MeasurementName.validationSeconds) ?? 0,
            latencySeconds: (median(MeasurementName.latency) ?? 0) / 1000,
            peakMemoryBytes: median(MeasurementName.peakMemory))
    }
}
