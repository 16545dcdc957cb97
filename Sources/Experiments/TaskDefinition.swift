/// What the model is to learn, and from which files.
public struct TaskDefinition: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// One label a text or pair of texts.
        case classification
        /// One number a text or pair of texts.
        case regression
        /// One tag a word: `O`, or `B-`, `I-`, `E-`, `S-` and the type of a
        /// span.
        case tokenClassification = "token_classification"
    }

    /// Where the examples come from that the search measures itself on.
    public enum Validation: Sendable, Hashable {
        case file(DataFile)
        /// A share of `train` in (0, 1), drawn with the study's seed and
        /// stratified by label where there are labels.
        case share(Double)
    }

    public var kind: Kind
    public var train: DataFile
    public var validation: Validation
    /// Never seen by the search; measured once, for the final front.
    public var test: DataFile?
    /// The columns of the text, one or two (a pair). Files of tagged words
    /// have no names of columns: there it is `token`, the first.
    public var text: [String]
    /// The column of the label; `tag`, the last, in files of tagged words.
    public var label: String
    /// The longest sequence in tokens, special tokens included.
    public var maximumLength: Int
    /// Nil for the whole training split.
    public var subset: TrainingSubset?

    public init(
        kind: Kind = .classification, train: DataFile, validation: Validation, test: DataFile? = nil,
        text: [String], label: String, maximumLength: Int, subset: TrainingSubset? = nil
    ) {
        self.kind = kind
        self.train = train
        self.validation = validation
        self.test = test
        self.text = text
        self.label = label
        self.maximumLength = maximumLength
        self.subset = subset
    }
}

/// A file named in a study. Where it lies may differ from machine to machine;
/// what it contains may not.
public struct DataFile: Sendable, Hashable {
    public var path: String
    /// SHA-256 of its bytes in hexadecimal; nil until the study is resolved.
    public var sha256: String?

    public init(path: String, sha256: String? = nil) {
        self.path = path
        self.sha256 = sha256
    }
}
