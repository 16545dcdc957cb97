extension DataFacts {
    var json: JSON {
        var members: [String: JSON] = [
            "labels": .array(labels.map(JSON.string)), "train_examples": .integer(trainExamples),
            "validation_examples": .integer(validationExamples), "test_examples": JSON(testExamples),
            "train_tokens": .integer(trainTokens), "validation_tokens": .integer(validationTokens),
            "squared_tokens": .integer(squaredTokens), "majority_share": .number(majorityShare),
        ]
        members["label_scale"] = labelScale?.json
        return .object(members)
    }

    init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        let count = 0...Int.max
        self.init(
            labels: try reader.strings("labels"),
            trainExamples: try reader.integer("train_examples", in: count),
            validationExamples: try reader.integer("validation_examples", in: count),
            testExamples: reader.optional("test_examples")?.integer,
            trainTokens: try reader.integer("train_tokens", in: count),
            validationTokens: try reader.integer("validation_tokens", in: count),
            squaredTokens: try reader.integer("squared_tokens", in: count),
            majorityShare: try reader.number("majority_share", in: 0...1),
            labelScale: try reader.object("label_scale").map(LabelScale.init))
        try reader.finish()
    }
}

extension LabelScale {
    fileprivate var json: JSON { ["mean": .number(mean), "deviation": .number(deviation)] }

    fileprivate init(_ reader: JSONObjectReader) throws(InputError) {
        var reader = reader
        let largest = Double.greatestFiniteMagnitude
        self.init(
            mean: try reader.number("mean", in: -largest...largest),
            deviation: try reader.number("deviation", in: 0...largest, above: true))
        try reader.finish()
    }
}
