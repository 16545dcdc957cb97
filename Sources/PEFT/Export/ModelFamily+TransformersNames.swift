import LinearAlgebra

/// The names that the library transformers gives the tensors and modules of a
/// family's classifier, for our names without prefix.
extension ModelFamily {
    /// The family with the head of its model for words or for sequences.
    func reading(_ rows: ReadRows) -> ModelFamily { rows == .all ? tagging : self }

    /// A `ForTokenClassification` has a classifier alone, and every family calls
    /// it so.
    private var tagging: ModelFamily {
        ModelFamily(
            name, names: names,
            head: HeadLayout(pooler: "pooler.dense", activation: .tanh, classifier: "classifier"),
            configuration: configuration, positions: positions)
    }

    func transformersName(of tensor: String) -> String {
        isOfHead(tensor) ? tensor : prefix + tensor
    }

    /// Our name, or nil for one that is not of this family.
    func tensor(named name: String) -> String? {
        if isOfHead(name) { return name }
        return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    /// The modules of the head that stand beside the encoder and not in it.
    var headModules: [String] {
        Set([head.pooler, head.classifier].map(Self.firstWord)).filter { $0 != "pooler" }.sorted()
    }

    private func isOfHead(_ name: String) -> Bool { headModules.contains(Self.firstWord(name)) }

    private static func firstWord(_ name: String) -> String { String(name.prefix { $0 != "." }) }
}
