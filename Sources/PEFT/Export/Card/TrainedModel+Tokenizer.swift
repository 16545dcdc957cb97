import Experiments

extension TrainedModel {
    /// The line of Python that loads the tokenizer.
    ///
    /// A byte-level one takes words only where a blank stands before each.
    func loadingTokenizer(from place: String) -> String {
        let isByteLevel = (try? Tokenizer(folder: folder.path))?.segmenter is ByteLevelSegmenter
        let addition = readRows == .all && isByteLevel ? ", add_prefix_space=True" : ""
        return "tokenizer = AutoTokenizer.from_pretrained(\(place)\(addition))"
    }
}
