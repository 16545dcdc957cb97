extension DataFile {
    var json: JSON { ["path": .string(path), "sha256": JSON(sha256)] }

    init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        self.init(path: try reader.string("path"), sha256: reader.optional("sha256")?.string)
        try reader.finish()
    }
}

extension TaskDefinition {
    /// What it says of the data, wherever they lie.
    package var withoutPaths: TaskDefinition {
        var copy = self
        copy.train.path = ""
        copy.test?.path = ""
        if case .file(var file) = validation {
            file.path = ""
            copy.validation = .file(file)
        }
        return copy
    }

    package var json: JSON {
        let validationJSON: JSON =
            switch validation {
            case .file(let file): file.json
            case .share(let share): ["share": .number(share)]
            }
        var members: [String: JSON] = [
            "kind": .string(kind.rawValue), "train": train.json, "validation": validationJSON,
            "test": test?.json ?? .null, "text": .array(text.map(JSON.string)), "label": .string(label),
            "max_length": .integer(maximumLength),
        ]
        switch subset {
        case .perClass(let count): members["train_per_class"] = .integer(count)
        case .examples(let count): members["train_examples"] = .integer(count)
        case nil: break
        }
        return .object(members)
    }

    init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        var validation = try reader.requiredObject("validation")
        let isShare = validation.optional("share") != nil
        self.init(
            kind: try reader.choice("kind"),
            train: try DataFile(reader.requiredObject("train")),
            validation: isShare
                ? .share(try validation.number("share", in: 0...1)) : .file(try DataFile(validation)),
            test: try reader.object("test").map(DataFile.init),
            text: try reader.strings("text"),
            label: try reader.string("label"),
            maximumLength: try reader.integer("max_length", in: 1...1_000_000),
            subset: try TrainingSubset(&reader))
        try reader.finish()
    }
}

extension TrainingSubset {
    /// The most examples that a subset may ask for.
    private static let largest = 1_000_000_000

    /// From `train_per_class` or `train_examples` of a task; nil without them.
    package init?(_ reader: inout JSONObjectReader) throws(InputError) {
        let isPerClass = reader.optional("train_per_class") != nil
        let isWhole = reader.optional("train_examples") != nil
        guard !(isPerClass && isWhole) else {
            throw reader.error("train_examples", "stands beside train_per_class: expected one of them")
        }
        if isPerClass {
            self = .perClass(try reader.integer("train_per_class", in: 1...Self.largest))
        } else if isWhole {
            self = .examples(try reader.integer("train_examples", in: 1...Self.largest))
        } else {
            return nil
        }
    }
}
