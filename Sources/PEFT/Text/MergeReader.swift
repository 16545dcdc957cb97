/// Turns merges of texts into merges of ids.
struct MergeReader {
    let vocabulary: Vocabulary
    private(set) var merges: [MergeTable.Merge] = []

    init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
    }

    /// The two tokens of a line such as `Ġt he`, in UTF-8.
    static func halves(
        of line: some Collection<UInt8>
    ) -> (left: [UInt8], right: [UInt8])? {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return (Array(parts[0]), Array(parts[1]))
    }

    /// False when one of the two, or both together, are no token.
    mutating func add(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard let first = vocabulary[left], let second = vocabulary[right],
            let result = vocabulary[left + right]
        else { return false }
        merges.append(MergeTable.Merge(left: first, right: second, result: result))
        return true
    }
}
