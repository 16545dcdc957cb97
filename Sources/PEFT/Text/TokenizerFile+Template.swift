import Experiments

extension TokenizerFile {
    /// The special tokens around texts, from any of the three ways to say them.
    func template() throws(InputError) -> SequenceTemplate {
        let processor = json["post_processor"] ?? .null
        func ends() throws(InputError) -> (Int32, Int32) {
            (try id(processor["cls"]?.array?.last), try id(processor["sep"]?.array?.last))
        }
        switch processor["type"] {
        case "BertProcessing":
            let (start, separator) = try ends()
            return .bert(start: start, separator: separator)
        case "RobertaProcessing":
            let (start, separator) = try ends()
            return .roberta(start: start, separator: separator)
        default: return try parsedTemplate(processor)
        }
    }

    /// `start A end` and `start A between B end`, of at most 8 special tokens
    /// each; nothing but the second text and its end has another type than 0.
    private func parsedTemplate(_ processor: JSON) throws(InputError) -> SequenceTemplate {
        try expectType("post_processor", "TemplateProcessing")
        let single = processor["single"]?.array ?? []
        let pair = processor["pair"]?.array ?? []
        let second = pair.compactMap { $0["Sequence"] }.last?["type_id"] ?? 0
        guard let a = single.firstIndex(of: sequence("A", 0)),
            let b = pair.firstIndex(of: sequence("B", second)),
            second == 0 || second == 1, a < b, Array(single.prefix(a + 1)) == Array(pair.prefix(a + 1)),
            single.count <= 17, pair.count <= 26
        else { throw templateError() }
        let end = try special(single[(a + 1)...], type: 0)
        let template = SequenceTemplate(
            start: try ids(special(single[..<a], type: 0), processor),
            between: try ids(special(pair[(a + 1)..<b], type: 0), processor),
            end: try ids(end, processor), secondType: second == 1 ? 1 : 0)
        guard try special(pair[(b + 1)...], type: second) == end, !template.start.isEmpty else {
            throw templateError()
        }
        return template
    }

    private func templateError() -> InputError {
        error("post_processor", "expected templates like [CLS] A [SEP] and [CLS] A [SEP] B [SEP]")
    }

    private func sequence(_ name: String, _ type: JSON) -> JSON {
        ["Sequence": ["id": .string(name), "type_id": type]]
    }

    /// The names of special tokens that all have this type.
    private func special(_ pieces: ArraySlice<JSON>, type: JSON) throws(InputError) -> [String] {
        var names: [String] = []
        for piece in pieces {
            guard let token = piece["SpecialToken"], let name = token["id"]?.string, token["type_id"] == type
            else { throw templateError() }
            names.append(name)
        }
        return names
    }

    private func ids(_ names: [String], _ processor: JSON) throws(InputError) -> [Int32] {
        var ids: [Int32] = []
        for name in names {
            let entries = processor["special_tokens"]?[name]?["ids"]?.array ?? []
            guard entries.count == 1 else {
                throw error("post_processor.special_tokens", "expected one id for each special token")
            }
            ids.append(try id(entries[0]))
        }
        return ids
    }

    private func id(_ value: JSON?) throws(InputError) -> Int32 {
        guard let id = value?.integer.flatMap({ Int32(exactly: $0) }), Vocabulary.ids.contains(id) else {
            throw error("post_processor", "expected an id for each special token")
        }
        return id
    }
}
