import Experiments

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
        add(kind.rawValue)
        words.append(Int32(labels.count))
        labels.forEach(add)
        let splits = [train, validation] + (test.map { [$0] } ?? [])
        words.append(Int32(splits.count))
        for split in splits {
            add((0..<split.count).map { Int32(split.length($0)) })
            add(split.ids)
            add(split.typeIDs)
            split.targets.lists.forEach(add)
        }
        return words
    }

    /// - Returns: nil when these are not the words of a task under this name.
    init?(words: [Int32], name: String) {
        var reader = WordReader(rest: words[...])
        guard reader.text() == name, let kind = reader.text().flatMap(TaskDefinition.Kind.init),
            let labelCount = reader.count()
        else { return nil }
        var labels: [String] = []
        for _ in 0..<labelCount {
            guard let label = reader.text() else { return nil }
            labels.append(label)
        }
        guard let splitCount = reader.count(), (2...3).contains(splitCount) else { return nil }
        var splits: [EncodedSplit] = []
        for _ in 0..<splitCount {
            guard let split = reader.split(kind, labels: labelCount) else { return nil }
            splits.append(split)
        }
        guard reader.rest.isEmpty else { return nil }
        self.init(
            kind: kind, labels: labels, train: splits[0], validation: splits[1],
            test: splitCount == 3 ? splits[2] : nil)
    }
}

extension Targets {
    /// One list a kind of number; a number in double precision is two words.
    fileprivate var lists: [[Int32]] {
        switch self {
        case .labels(let labels): [labels.map(Int32.init)]
        case .values(let values):
            [
                values.flatMap { value in
                    let bits = value.bitPattern
                    return [Int32(truncatingIfNeeded: bits), Int32(truncatingIfNeeded: bits >> 32)]
                }
            ]
        case .tags(let tags):
            [
                (0..<tags.count).map { Int32(tags.offsets[$0 + 1] - tags.offsets[$0]) }, tags.tags,
                tags.firstTokens,
            ]
        }
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
    mutating func split(_ kind: TaskDefinition.Kind, labels count: Int) -> EncodedSplit? {
        guard let lengths = list(), let ids = list(), let typeIDs = list(), ids.count == typeIDs.count,
            let offsets = Self.offsets(lengths), offsets.last == ids.count,
            let targets = targets(kind, labels: count, lengths: Array(lengths))
        else { return nil }
        return EncodedSplit(ids: Array(ids), typeIDs: Array(typeIDs), offsets: offsets, targets: targets)
    }

    /// - Parameter lengths: of the sequences, in tokens.
    private mutating func targets(
        _ kind: TaskDefinition.Kind, labels count: Int, lengths: [Int32]
    ) -> Targets? {
        switch kind {
        case .classification:
            guard let labels = list(), labels.count == lengths.count, Self.areBelow(count, labels) else {
                return nil
            }
            return .labels(labels.map(Int.init))
        case .regression:
            guard let halves = list().map(Array.init), halves.count == 2 * lengths.count else { return nil }
            return .values(
                lengths.indices.map { index in
                    let low = UInt64(UInt32(bitPattern: halves[2 * index]))
                    let high = UInt64(UInt32(bitPattern: halves[2 * index + 1]))
                    return Double(bitPattern: high << 32 | low)
                })
        case .tokenClassification:
            guard let words = list(), words.count == lengths.count, let tags = list(),
                let firstTokens = list(), let offsets = Self.offsets(words), offsets.last == tags.count,
                firstTokens.count == tags.count, Self.areBelow(count, tags)
            else { return nil }
            let targets = WordTags(tags: Array(tags), offsets: offsets, firstTokens: Array(firstTokens))
            return targets.fits(lengths) ? .tags(targets) : nil
        }
    }

    /// Where stretches of these lengths begin, and where the last ends; nil for
    /// a length below 0.
    private static func offsets(_ lengths: ArraySlice<Int32>) -> [Int]? {
        var offsets = [0]
        offsets.reserveCapacity(lengths.count + 1)
        for length in lengths {
            guard length >= 0 else { return nil }
            offsets.append(offsets[offsets.count - 1] + Int(length))
        }
        return offsets
    }

    private static func areBelow(_ count: Int, _ ids: ArraySlice<Int32>) -> Bool {
        ids.allSatisfy { (0..<count).contains(Int($0)) }
    }
}

extension WordTags {
    /// Whether all first tokens lie within their sequences.
    fileprivate func fits(_ lengths: [Int32]) -> Bool {
        (0..<count).allSatisfy { sentence in
            firstTokens[offsets[sentence]..<offsets[sentence + 1]].allSatisfy { token in
                token >= -1 && token < lengths[sentence]
            }
        }
    }
}
