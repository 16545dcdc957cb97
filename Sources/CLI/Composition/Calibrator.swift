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

    /// The share that whole steps make, at least one.
    private func roundedShare(of trial: StudyForecast.Trial, to share: Double) -> Double {
        let training = trial.configuration.training
        let batch = max(training.batchSize, 1)
        let steps = ((study.data?.trainExamples ?? 0) + batch - 1) / batch * training.epochs
        guard steps > 0 else { return 1 }
        return max(1, (share * Double(steps)).rounded(.down)) / Double(steps)
    }

    /// - Throws: the `TrialFailure` of a slot that could not train.
    func run() async throws -> StudyForecast.Calibration {
        let trial = forecast.baselines[0]
        let share = roundedShare(of: trial, to: min(1, Self.work / trial.work.training))
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
