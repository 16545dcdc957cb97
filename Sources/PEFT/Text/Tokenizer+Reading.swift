public import Experiments

extension Tokenizer {
    /// Reads the tokenizer of a Hugging Face model folder: `tokenizer.json`
    /// or, where that is absent, `vocab.txt` (WordPiece) or `vocab.json` with
    /// `merges.txt` (byte-level BPE), both with `tokenizer_config.json`.
    ///
    /// Whatever this type does not do as the files demand is refused.
    public init(folder: String) throws(InputError) {
        func exists(_ name: String) -> Bool { RegularFile.exists("\(folder)/\(name)") }
        if exists("tokenizer.json") {
            self = try TokenizerFile(path: "\(folder)/tokenizer.json").tokenizer()
        } else if exists("vocab.txt") {
            self = try WordPieceFolder(path: folder).tokenizer()
        } else if exists("vocab.json"), exists("merges.txt") {
            self = try ByteLevelFolder(path: folder).tokenizer()
        } else {
            throw InputError(
                folder, reason: "has neither tokenizer.json nor vocab.txt nor vocab.json with merges.txt")
        }
    }

    /// The files of a folder that decide what its tokenizer does.
    static let fileNames = [
        "vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json",
    ]
}
