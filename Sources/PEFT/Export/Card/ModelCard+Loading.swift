import Experiments

extension ModelCard {
    /// The lines that a person copies, and that `tools/check_exports.py` runs.
    var loading: String {
        var sections = [Self.section(layout, usage: usage)]
        if let other = (layout as? CustomCodeLayout)?.adapterHub {
            sections += ["The same for AdapterHub's library:", Self.section(other, usage: usage)]
        }
        if layout is SelfContainedLayout { sections.append(adapterNote) }
        return sections.joined(separator: "\n\n")
    }

    private var adapterNote: String {
        """
        `AutoPeftModelFor\(model.readRows.transformersTask).from_pretrained(folder)` keeps the adapter apart \
        from the base. The adapter's `base_model_name_or_path` is the folder's own place: put the new one there \
        after moving or publishing the folder. With transformers 4, and with that class, it is looked at.
        """
    }

    private static func section(_ layout: any ExportLayout, usage: [String]) -> String {
        let lines = ["folder = \".\"  # where this folder lies"] + layout.loading + [""] + usage
        return "With \(layout.requirements):\n\n```python\n\(lines.joined(separator: "\n"))\n```"
    }

    private var usage: [String] { model.readRows == .all ? taggerUsage : textUsage }

    /// With the rows of the words' first tokens, which training looked at;
    /// nothing for words without one, as those that were cut.
    private var taggerUsage: [String] {
        let isPrompted = model.network.embeddings.prompt != nil
        let end = isPrompted ? "[:, -inputs[\"input_ids\"].shape[1]:]  # without those of virtual tokens" : ""
        return [
            "",
            "def logits(sentences):",
            "    inputs = tokenizer(",
            "        sentences, is_split_into_words=True, truncation=True, "
                + "max_length=\(model.provenance.task.maximumLength), padding=True,",
            "        return_tensors=\"pt\")",
            "    rows = model(**inputs).logits.detach()\(end)",
            "    words = [inputs.word_ids(index) for index in range(len(sentences))]",
            "    return [",
            "        [row[ids.index(word)] if word in ids else None for word in range(len(sentence))]",
            "        for sentence, row, ids in zip(sentences, rows, words)]",
            "",
            "",
            "def tags(sentences):",
            "    return [",
            "        [None if row is None else model.config.id2label[int(row.argmax())] for row in words]",
            "        for words in logits(sentences)]",
        ]
    }

    private var textUsage: [String] {
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
