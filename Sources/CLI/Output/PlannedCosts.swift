import Experiments
import Search

/// What a study's trials take on a machine that was measured.
struct PlannedCosts: Sendable {
    let forecast: StudyForecast
    let calibration: StudyForecast.Calibration

    /// Of the whole study.
    var cpuSeconds: Double { forecast.seconds(from: calibration) }

    func prediction(_ trial: StudyForecast.Trial) -> StudyForecast.Prediction {
        forecast.prediction(of: trial, from: calibration)
    }

    /// The drawn trial that has `share` of them below it.
    func drawn(at share: Double) -> StudyForecast.Prediction? {
        let predictions = forecast.drawn.map(prediction).sorted { $0.seconds < $1.seconds }
        guard !predictions.isEmpty else { return nil }
        return predictions[min(Int(share * Double(predictions.count)), predictions.count - 1)]
    }
}
