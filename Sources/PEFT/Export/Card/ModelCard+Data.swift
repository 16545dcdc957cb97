import Experiments
import Foundation

extension ModelCard {
    var data: String {
        let (task, facts) = (model.provenance.task, model.provenance.data)
        var rows = [row("train", task.train, facts.trainExamples)]
        switch task.validation {
        case .file(let file): rows.append(row("validation", file, facts.validationExamples))
        case .share(let share):
            rows.append("| validation | \(share) of train | \(facts.validationExamples) | |")
        }
        if let test = task.test { rows.append(row("test", test, facts.testExamples ?? 0)) }
        return """
            | split | file | examples | SHA-256 |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))

            Text: \(task.text.map { "`\(Self.code($0))`" }.joined(separator: " and ")), at most \
            \(task.maximumLength) tokens. \(outputs) Data and base model may have licences of their \
            own\(license.identifier.map { "; the base states \($0)" } ?? "").
            """
    }

    private func row(_ split: String, _ file: DataFile, _ examples: Int) -> String {
        let name = URL(fileURLWithPath: file.path).lastPathComponent
        return "| \(split) | \(Self.plain(name)) | \(examples) | \(file.sha256.map { "`\($0)`" } ?? "") |"
    }

    /// What is told of a text.
    private var outputs: String {
        let facts = model.provenance.data
        guard !model.labels.isEmpty else {
            let scale = facts.labelScale.map {
                "; in training they had the mean \(Self.short($0.mean)) and the deviation "
                    + Self.short($0.deviation)
            }
            return "The output is a number in the labels' own unit\(scale ?? "")."
        }
        let shares = balance.isEmpty ? "" : ", with their shares of the training split"
        let labels = model.labels.enumerated().map { id, label in
            "`\(Self.code(label))`" + (balance.isEmpty ? "" : " (\(Self.short(balance[id])))")
        }
        return
            "Labels by their ids\(shares): \(labels.joined(separator: ", ")). The most frequent label's share "
            + "of the validation split is \(Self.short(facts.majorityShare))."
    }

    /// Inside backticks.
    private static func code(_ text: String) -> String {
        text.replacingControls().replacing("`", with: "'")
    }

    /// Of the training split, as the study divides it; empty where there are no
    /// labels or the files are not here.
    static func balance(of provenance: Provenance) -> [Double] {
        guard provenance.task.kind == .classification,
            let splits = try? TaskData.classification(provenance.task, seed: provenance.study.seed),
            splits.labels == provenance.data.labels
        else { return [] }
        var counts = [Int](repeating: 0, count: splits.labels.count)
        for example in splits.train { counts[example.label] += 1 }
        return counts.map { Double($0) / Double(max(splits.train.count, 1)) }
    }
}
