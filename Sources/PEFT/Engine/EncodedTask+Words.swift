/// The form in which encoded tasks are kept: a sequence of 32-bit words, each
/// list after the number of its elements. A data file has at most 1 GiB, so no
/// list has more than 2³¹ of them.
extension EncodedTask {
    /// - Parameter name: of the file, which it repeats: a file under a wrong name
    ///   is none.
    func words(name: String) -> [Int32] {
        var words: [Int32] = []
        func add(_ list: some Collection<Int32>) {
            words.append(Int32(list.count))
            words.append(contentsOf: list)
        }
        func add(_ text: String) { add(text.utf8.map(Int32.init)) }
        add(name)
        words.append(Int32(labels.count))
        labels.forEach(add)
        let splits = [train, validation] + (test.map { [$0] } ?? [])
        words.append(Int32(splits.count))
        for split in splits {
            add((0..<split.count).map { Int32(split.length($0)) })
            add(split.labels.map(Int32.init))
            add(split.ids)
            add(split.typeIDs)
        }
        return words
    }

    /// - Returns: nil when these are not the words of a task under this name.
    init?(words: [Int32], name: String) {
        var reader = WordReader(rest: words[...])
        guard reader.text() == name, let labelCount = reader.count() else { return nil }
        var labels: [String] = []
        for _ in 0..<labelCount {
            guard let label = reader.text() else { return nil }
            labels.append(label)
        }
        guard let splitCount = reader.count(), (2...3).contains(splitCount) else { return nil }
        var splits: [EncodedSplit] = []
        for _ in 0..<splitCount {
            guard let split = reader.split(labels: labelCount) else { return nil }
            splits.append(split)
        }
        guard reader.rest.isEmpty else { return nil }
        self.init(
            labels: labels, train: splits[0], validation: splits[1],
            test: splitCount == 3 ? splits[2] : nil)
    }
}

/// Takes lists off the front of words; nil where there is none.
private struct WordReader {
    var rest: ArraySlice<Int32>

    mutating func count() -> Int? {
        guard let count = rest.popFirst(), count >= 0 else { return nil }
        return Int(count)
    }

    mutating func list() -> ArraySlice<Int32>? {
        guard let count = count(), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func text() -> String? {
        guard let bytes = list()?.map({ UInt8(truncatingIfNeeded: $0) }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// - Parameter labels: how many there are.
    mutating func split(labels count: Int) -> EncodedSplit? {
        guard let lengths = list(), let labels = list(), let ids = list(), let typeIDs = list(),
            lengths.count == labels.count, ids.count == typeIDs.count,
            lengths.allSatisfy({ $0 >= 0 }), labels.allSatisfy({ (0..<count).contains(Int($0)) })
        else { return nil }
        var offsets = [0]
        offsets.reserveCapacity(lengths.count + 1)
        for length in lengths { offsets.append(offsets.last! + Int(length)) }
        guard offsets.last == ids.count else { return nil }
        return EncodedSplit(
            ids: Array(ids), typeIDs: Array(typeIDs), offsets: offsets, labels: labels.map(Int.init))
    }
}
