/// The names that the library transformers gives the tensors and modules of a
/// family's classifier, for our names without prefix.
extension ModelFamily {
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
