import Experiments
import Foundation

/// The `README.md` of an export, with the front matter that model hubs read.
struct ModelCard {
    let model: TrainedModel
    let layout: any ExportLayout
    let baseName: String
    let license: BaseLicense
    /// The share of each label in the training file.
    let balance: [Double]

    init(model: TrainedModel, layout: any ExportLayout, baseName: String?) throws(InputError) {
        self.model = model
        self.layout = layout
        self.baseName =
            baseName ?? URL(fileURLWithPath: model.folder.path).lastPathComponent
        license = BaseLicense(of: model.folder)
        balance = Self.balance(of: model.provenance)
    }

    var text: String {
        [frontMatter, title, "## Load", loading, "## Data", data, "## Measurements", measurements]
            .joined(separator: "\n\n") + "\n\n" + (calibration.map { "## Calibration\n\n\($0)\n\n" } ?? "")
            + "## Configuration\n\n\(configuration)\n"
    }

    private var provenance: Provenance { model.provenance }

    private var title: String {
        let trial = provenance.trial.map { "trial \($0)" } ?? "one configuration"
        return """
            # \(provenance.study.name), \(trial)

            \(Self.plain(baseName)) fine-tuned to \(purpose), by PEFT Search (\(layout.name)). \(methods)
            """
    }

    private var purpose: String {
        if model.labels.isEmpty { return "give texts a number" }
        return model.readRows == .all
            ? "tag words with \(model.labels.count) tags" : "tell \(model.labels.count) labels apart"
    }

    private var methods: String {
        let names = provenance.configuration.components.map(\.method)
        return names.isEmpty
            ? "Only the head is trained." : "Methods: \(names.joined(separator: ", ")), and the head."
    }

    /// Empty for what was trained.
    private var derivation: String {
        guard let parent = provenance.parent else { return "" }
        return "Follows from what trial \(parent) trained, without training of its own: "
            + "\(Self.plain(provenance.derivation ?? "")).\n\n"
    }

    private var configuration: String {
        """
        \(derivation)Seed \(provenance.seed), data order by the study's seed \(provenance.study.seed)\
        \(provenance.computeClass.map { "; \(Self.plain($0))" } ?? ""). Trained tensors: SHA-256 \
        `\(provenance.artifact)`.

        ```json
        \(provenance.configuration.json.indentedText)
        ```
        """
    }

    /// Text from elsewhere as plain Markdown of one line.
    static func plain(_ text: String) -> String {
        text.replacingControls().map { "\\`*_{}[]<>#|&!".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    }
}
