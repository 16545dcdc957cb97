import Experiments

extension ModelCard {
    /// YAML, of which JSON is a part: every text is quoted.
    var frontMatter: String {
        var lines = ["---", "base_model: \(PythonText.literal(baseName))"]
        if let license = license.identifier { lines.append("license: \(license)") }
        lines += [
            "library_name: \(layout.library)", "pipeline_tag: \(model.readRows.pipeline)",
            "tags: \(PythonText.list(tags))",
        ]
        return (lines + metrics + ["---"]).joined(separator: "\n")
    }

    private var tags: [String] {
        var tags = ["peft-search", model.readRows.pipeline]
        for method in model.configuration.components.map(\.method) where !tags.contains(method) {
            tags.append(method)
        }
        return tags
    }

    private var metrics: [String] {
        guard !qualities.isEmpty else { return [] }
        let name = PythonText.literal(model.provenance.study.name)
        return [
            "model-index:", "- name: \(name)", "  results:", "  - task: {type: \(model.readRows.pipeline)}",
            "    dataset: {name: \(name), type: \(name)}", "    metrics:",
        ]
            + qualities.map { measurement in
                let type = measurement.name.replacing(#/^test_/#, with: "")
                return "    - {type: \(type), value: \(JSON.number(measurement.value).canonicalText), "
                    + "name: \(measurement.name)}"
            }
    }
}
