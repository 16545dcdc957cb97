import Experiments

extension TokenizerFile {
    func wordPieceSegmenter() throws(InputError) -> WordPieceSegmenter {
        try expectType("pre_tokenizer", "BertPreTokenizer")
        return WordPieceSegmenter(normalizer: try normalizer(), model: try wordPieceModel())
    }

    private func normalizer() throws(InputError) -> BERTNormalizer {
        try expectType("normalizer", "BertNormalizer")
        let stripsAccents = json["normalizer"]?["strip_accents"] ?? .null
        return BERTNormalizer(
            cleansText: try flag("normalizer", "clean_text"),
            isolatesIdeographs: try flag("normalizer", "handle_chinese_chars"),
            stripsAccents: stripsAccents == .null ? nil : try flag("normalizer", "strip_accents"),
            lowercases: try flag("normalizer", "lowercase"))
    }

    private func wordPieceModel() throws(InputError) -> WordPieceModel {
        guard let unknown = model["unk_token"]?.string,
            let prefix = model["continuing_subword_prefix"]?.string,
            let maximum = model["max_input_chars_per_word"]?.integer, (1...10_000).contains(maximum)
        else {
            throw error(
                "model",
                "expected unk_token, continuing_subword_prefix and max_input_chars_per_word (1 to 10000)")
        }
        guard
            let model = WordPieceModel(
                vocabulary: vocabulary, unknownToken: unknown, prefix: prefix, maximumScalars: maximum)
        else { throw error("model.unk_token", "\"\(unknown.prefix(80))\" is not in the vocabulary") }
        return model
    }
}
