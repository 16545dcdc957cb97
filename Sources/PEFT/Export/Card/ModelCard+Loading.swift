import Experiments

extension ModelCard {
    /// The lines that a person copies, and that `tools/check_exports.py` runs.
    var loading: String {
        var sections = [Self.section(layout, usage: usage)]
        if let other = (layout as? CustomCodeLayout)?.adapterHub {
            sections += ["The same for AdapterHub's library:", Self.section(other, usage: usage)]
        }
        if layout is SelfContainedLayout { sections.append(Self.adapterNote) }
        return sections.joined(separator: "\n\n")
    }

    private static let adapterNote = """
        `AutoPeftModelForSequenceClassification.from_pretrained(folder)` keeps the adapter apart from the base. The \
        adapter's `base_model_name_or_path` is the folder's own place: put the new one there after moving or \
        publishing the folder. With transformers 4, and with that class, it is looked at.
        """

    private static func section(_ layout: any ExportLayout, usage: [String]) -> String {
        let lines = ["folder = \".\"  # where this folder lies"] + layout.loading + [""] + usage
        return "With \(layout.requirements):\n\n```python\n\(lines.joined(separator: "\n"))\n```"
    }

    private var usage: [String] {
        let task = model.provenance.task
        let parameters = task.text.count == 2 ? "texts, pairs" : "texts"
        return [
            "",
            "def logits(\(parameters)):",
            "    inputs = tokenizer(",
            "        \(parameters), truncation=True, max_length=\(task.maximumLength), padding=True, "
                + "return_tensors=\"pt\")",
            "    return model(**inputs).logits.detach()",
        ]
    }
}
