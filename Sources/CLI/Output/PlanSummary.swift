import Experiments
import Foundation
import Search

/// A plan for people and for programs.
struct PlanSummary: Sendable {
    let study: Study
    let forecast: StudyForecast
    let calibration: StudyForecast.Calibration
    let slots: Int
    let cores: Int
    let freeDiskBytes: Double?

    /// Of the whole study, spread over the slots.
    private var cpuSeconds: Double { forecast.seconds(from: calibration) }
    private var wallSeconds: Double { cpuSeconds / Double(sideBySide) }
    /// Trials that really run at once: proposals wait for one another, and
    /// more slots than cores share them.
    private var sideBySide: Int { max(1, min(slots, cores, study.search.parallelism)) }

    private func prediction(_ trial: StudyForecast.Trial) -> StudyForecast.Prediction {
        forecast.prediction(of: trial, from: calibration)
    }

    /// The drawn trial that has `share` of them below it.
    private func drawn(at share: Double) -> StudyForecast.Prediction? {
        let predictions = forecast.drawn.map(prediction).sorted { $0.seconds < $1.seconds }
        guard !predictions.isEmpty else { return nil }
        return predictions[min(Int(share * Double(predictions.count)), predictions.count - 1)]
    }

    /// Why this budget buys nothing useful, if so.
    func refusal(of path: String) -> InputError? {
        if forecast.searchedTrials == 0 {
            return InputError(
                path, key: "search.trials",
                reason: "\(study.search.trials) trials are the baselines alone: nothing is searched",
                suggestion: "at least \(2 * forecast.baselineCount)")
        }
        if let freeDiskBytes, freeDiskBytes < forecast.diskBytes {
            return InputError(
                path,
                reason:
                    "the study needs \(Self.bytes(forecast.diskBytes)) of disk, \(Self.bytes(freeDiskBytes)) are free",
                suggestion: "--data-dir on another disk")
        }
        return nil
    }

    var text: String {
        let size = SpaceSize(of: study.space)
        var lines: [String] = []
        if case .native(let version, let numerics) = study.engine {
            lines.append("plan of \(study.name): engine native-\(version), \(numerics.rawValue)")
        }
        lines.append(
            "space    \(size.parameters) parameters, about 10^\(Int(size.logarithm)) combinations"
                + (size.continuous > 0 ? " and \(size.continuous) continuous" : ""))
        if let data = study.data {
            lines.append(
                "data     \(data.trainExamples) train, \(data.validationExamples) validation, "
                    + "\(data.testExamples ?? 0) test examples of \(data.labels.count) labels")
        }
        var table = TextTable(headings: ["trial", "seconds", "memory"])
        table.numeric = [1, 2]
        func add(_ name: String, _ prediction: StudyForecast.Prediction) {
            let memory = prediction.memoryBytes.map(Self.bytes) ?? "-"
            table.rows.append([name, String(format: "%.1f", prediction.seconds), memory])
        }
        for trial in forecast.baselines { add(trial.label ?? "", prediction(trial)) }
        for (name, share) in [("cheap", 0.1), ("median", 0.5), ("dear", 0.9)] {
            if let prediction = drawn(at: share) { add("searched, \(name)", prediction) }
        }
        let count = study.search.trials
        lines += [
            "", table.text, "",
            "budget   \(count) trials: \(forecast.baselines.count) baselines, "
                + "\(forecast.searchedTrials) searched by \(study.search.strategy)",
            "time     about \(ProgressText.text(.seconds(wallSeconds))) with \(sideBySide) trial"
                + "\(sideBySide == 1 ? "" : "s") at once, \(ProgressText.text(.seconds(cpuSeconds))) of CPU time",
            "energy   unknown: no meter is read in this version",
            "disk     \(Self.bytes(forecast.diskBytes)) for states and artifacts"
                + (freeDiskBytes.map { ", \(Self.bytes($0)) free" } ?? ""),
        ]
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        let size = SpaceSize(of: study.space)
        func json(_ label: String?, _ prediction: StudyForecast.Prediction) -> JSON {
            [
                "label": JSON(label), "seconds": .number(prediction.seconds),
                "peak_memory_bytes": JSON(prediction.memoryBytes),
            ]
        }
        return [
            "study": study.json,
            "space": [
                "parameters": .integer(size.parameters), "log10_combinations": .number(size.logarithm),
                "continuous": .integer(size.continuous),
            ],
            "baselines": .array(forecast.baselines.map { json($0.label, prediction($0)) }),
            "searched": .array(forecast.drawn.map { json(nil, prediction($0)) }),
            "slots": .integer(slots), "trials": .integer(study.search.trials),
            "searched_trials": .integer(forecast.searchedTrials),
            "cpu_seconds": .number(cpuSeconds), "wall_seconds": .number(wallSeconds),
            "energy_joules": .null, "disk_bytes": .number(forecast.diskBytes.rounded()),
            "free_disk_bytes": JSON(freeDiskBytes),
        ]
    }

    private static func bytes(_ count: Double) -> String {
        count < 1e9 ? String(format: "%.0f MB", count / 1e6) : String(format: "%.1f GB", count / 1e9)
    }
}
