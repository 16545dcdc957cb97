public import Experiments

extension WordPieceTokenizer {
    /// Reads the tokenizer of a Hugging Face model folder: `tokenizer.json`
    /// or, where that is absent, `vocab.txt` with `tokenizer_config.json`.
    ///
    /// Whatever this type does not do as the file demands is refused.
    public init(folder: String) throws(InputError) {
        if RegularFile.exists("\(folder)/tokenizer.json") {
            self = try TokenizerFile(path: "\(folder)/tokenizer.json").tokenizer()
        } else if RegularFile.exists("\(folder)/vocab.txt") {
            self = try VocabularyFolder(path: folder).tokenizer()
        } else {
            throw InputError(folder, reason: "has neither tokenizer.json nor vocab.txt")
        }
    }
}
