import Experiments

/// The tokens of a model and their ids.
struct Vocabulary: Sendable {
    /// The ids that are accepted.
    static let ids: Range<Int32> = 0..<10_000_000

    private(set) var trie: ByteTrie
    /// How many distinct tokens there are.
    private(set) var count = 0
    private(set) var largestID: Int32 = -1

    init(minimumBytes: Int) {
        trie = ByteTrie(minimumCapacity: minimumBytes)
    }

    subscript(token: String) -> Int32? { self[token.utf8] }

    /// The id of a token in UTF-8.
    subscript(token: some Sequence<UInt8>) -> Int32? {
        trie.node(of: token).flatMap { trie.number(at: $0) }
    }

    /// A token that is there already gets the new id.
    mutating func insert(_ token: some Sequence<UInt8>, id: Int32) {
        if trie.node(of: token).flatMap({ trie.number(at: $0) }) == nil { count += 1 }
        trie.insert(token, number: id)
        largestID = max(largestID, id)
    }
}

extension Vocabulary {
    /// Reads `vocab.txt`: one token a line, whose id is the number of its line
    /// from 0.
    init(lines file: [UInt8], path: String) throws(InputError) {
        self.init(minimumBytes: file.count)
        var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (number, line) in lines.enumerated() {
            let token = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard String(validating: token, as: UTF8.self) != nil else {
                throw InputError(path, line: number + 1, reason: "is not valid UTF-8")
            }
            insert(token, id: Int32(number))
        }
    }
}

extension Vocabulary {
    /// Reads an object from tokens to ids: a `vocab.json`, or the part of a
    /// `tokenizer.json`.
    ///
    /// Tokens are compared as bytes: a vocabulary may hold both spellings of
    /// a character that are one to a `String`.
    init(json bytes: [UInt8], in range: Range<Int>) throws {
        self.init(minimumBytes: range.count)
        var scanner = JSONMemberScanner(bytes, in: range)
        while let member = try scanner.next() {
            let token = try JSON.parse(bytes[member.name]).string ?? ""
            let value = try JSON.parse(bytes[member.value])
            guard let id = value.integer.flatMap({ Int32(exactly: $0) }), Self.ids.contains(id) else {
                throw JSONMemberScanner.Malformed(reason: "expected an id", offset: member.value.lowerBound)
            }
            guard self[token] == nil else {
                throw JSONMemberScanner.Malformed(
                    reason: "\"\(token.prefix(80))\" stands twice", offset: member.name.lowerBound)
            }
            insert(token.utf8, id: id)
        }
    }
}
