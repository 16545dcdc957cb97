import Experiments
import Foundation
import Search

extension PlanSummary {
    var text: String {
        var lines = ["plan of \(study.name): engine \(engine)", space]
        if let data = study.data {
            lines.append(
                "data     \(data.trainExamples) train, \(data.validationExamples) validation, "
                    + "\(data.testExamples ?? 0) test examples of \(labels(data))")
        }
        if let costs { lines += ["", Self.table(of: costs)] }
        lines += [
            "",
            "budget   \(budget.trials) trials: \(baselines) baselines, "
                + "\(budget.searchedTrials) searched by \(study.search.strategy)",
        ]
        if let limits { lines.append(limits) }
        if let rungs { lines.append(rungs) }
        if study.search.derived > 0 {
            lines.append(
                "derived  at most \(study.search.derived) smaller configurations of each finished trial, "
                    + "measured without training")
        }
        if study.search.replicateFront > 1 {
            lines.append(
                "seeds    \(study.search.replicateFront) for each member of the front "
                    + "when the search is over, beside these trials")
        }
        if let costs { lines += self.lines(of: costs) }
        if let unknown { lines += ["costs    \(unknown.reason)", "  try: \(unknown.suggestion)"] }
        return lines.joined(separator: "\n")
    }

    private func labels(_ data: DataFacts) -> String {
        guard let scale = data.labelScale else {
            return "\(data.labels.count) \(study.task?.kind == .tokenClassification ? "tags" : "labels")"
        }
        return String(format: "numbers with mean %.4g, deviation %.4g", scale.mean, scale.deviation)
    }

    private var engine: String {
        switch study.engine {
        case .native(let version, let numerics): "native-\(version), \(numerics.rawValue)"
        case .command(let words): words.joined(separator: " ").replacingControls()
        }
    }

    private var space: String {
        let size = SpaceSize(of: study.space)
        return "space    \(size.parameters) parameters, about 10^\(Int(size.logarithm)) combinations"
            + (size.continuous > 0 ? " and \(size.continuous) continuous" : "")
    }

    /// Nil for a study without rungs.
    private var rungs: String? {
        guard budget.fidelities.areSeveral else { return nil }
        let shares = budget.fidelities.shares.map { String(format: "%.3g", $0) }.joined(separator: ", ")
        let arrivals = budget.expectedArrivals.map(String.init).joined(separator: ", ")
        return "rungs    \(shares) of the training steps, reached by about \(arrivals) searched trials: "
            + String(format: "%.1f full trainings in all", budget.fullTrainings)
    }

    private static func table(of costs: PlannedCosts) -> String {
        var table = TextTable(headings: ["trial", "seconds", "memory"])
        table.numeric = [1, 2]
        func add(_ name: String, _ prediction: StudyForecast.Prediction) {
            let memory = prediction.memoryBytes.map(bytes) ?? "-"
            table.rows.append([name, String(format: "%.1f", prediction.seconds), memory])
        }
        for trial in costs.forecast.baselines { add(trial.label ?? "", costs.prediction(trial)) }
        for (name, share) in [("cheap", 0.1), ("median", 0.5), ("dear", 0.9)] {
            if let prediction = costs.drawn(at: share) { add("searched, \(name)", prediction) }
        }
        return table.text
    }

    private func energy(of costs: PlannedCosts) -> String {
        let limits = study.search.limits
        guard limits.joules != nil else { return "unknown: no meter is read in this version" }
        return
            "about \(Quantity.text(joules: costs.cpuSeconds * limits.wattsPerSlot)); no meter is read in this"
            + " version"
    }

    private func lines(of costs: PlannedCosts) -> [String] {
        let (wall, processor) = (wallSeconds ?? 0, costs.cpuSeconds)
        return [
            "time     about \(ProgressText.text(.seconds(wall))) with \(sideBySide) trial"
                + "\(sideBySide == 1 ? "" : "s") at once, \(ProgressText.text(.seconds(processor))) of CPU time",
            "energy   " + energy(of: costs),
            "disk     \(Self.bytes(costs.forecast.diskBytes)) for states and artifacts"
                + (freeDiskBytes.map { ", \(Self.bytes($0)) free" } ?? ""),
        ]
    }
}
