package import Experiments

/// Changes the values of a JSON text and keeps its form, most of the time.
package struct JSONMutation: Mutation {
    /// The names and texts that a reader knows.
    private let words: [String]
    private let bytes: ByteMutation

    package init(words: [String]) {
        self.words = words
        bytes = ByteMutation(words: words)
    }

    /// Ends of ranges, and what lies beyond them.
    private static let numbers = [
        "0", "-0", "1", "-1", "2", "3", "8", "1.0", "0.5", "1e-320", "1e308", "1e309", "-1e308", "1e18",
        "256",
        "1024", "1025", "4096", "4097", "65536", "65537", "10000000", "1000000000", "2147483647",
        "2147483648", "4294967296", "9007199254740993", "4611686018427387904", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551616",
    ]

    private static let texts = [
        "", "é", "e\u{301}", "../..", "\u{7F}", "99999999999999999999", "-1", "00", "0", "1", "2", "1000000",
        "9223372036854775807", "\u{FEFF}", "\u{1F468}\u{200D}\u{1F469}",
        String(repeating: "a\u{301}", count: 300),
    ]

    package func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        guard !generator.flip(0.1), let json = try? JSON.parse(input, limits: JSON.Limits(bytes: 1 << 20))
        else { return bytes.mutant(of: input, by: &generator) }
        var tree = JSONTree(json)
        change(&tree, by: &generator)
        let text = Array(tree.text.utf8)
        return generator.flip(0.05) ? bytes.mutant(of: text, by: &generator) : text
    }

    func change(_ tree: inout JSONTree, by generator: inout SeededGenerator) {
        for _ in 0...generator.index(below: 3) {
            let place = generator.index(below: tree.count)
            tree.change(at: place) { change(value: &$0, &generator) }
        }
    }

    private func change(value: inout JSONTree, _ generator: inout SeededGenerator) {
        if generator.flip(0.1) {
            value = replacement(&generator)
            return
        }
        switch value {
        case .scalar(let text): value = .scalar(other(than: text, &generator))
        case .array(var values):
            change(&values, &generator) { replacement(&$1) }
            value = .array(values)
        case .object(var members):
            change(&members, &generator) { member, generator in
                generator.flip(0.5)
                    ? (name(&generator), member.value) : (member.name, replacement(&generator))
            }
            value = .object(members)
        }
    }

    /// Of the same kind mostly.
    private func other(than text: String, _ generator: inout SeededGenerator) -> String {
        if text.hasPrefix("\"") { return JSON.string(name(&generator)).canonicalText }
        guard let number = Double(text) else { return generator.element(of: ["true", "false", "null"]) }
        switch generator.index(below: 6) {
        case 0: return generator.element(of: Self.numbers)
        case 1: return JSON.number(number / 2).canonicalText
        case 2: return JSON.number(number * 2).canonicalText
        case 3: return JSON.number(number + 1).canonicalText
        default: return String(generator.index(below: 12))
        }
    }

    private func name(_ generator: inout SeededGenerator) -> String {
        words.isEmpty || generator.flip(0.2)
            ? generator.element(of: Self.texts) : generator.element(of: words)
    }

    private func change<Element>(
        _ elements: inout [Element], _ generator: inout SeededGenerator,
        _ changed: (Element, inout SeededGenerator) -> Element
    ) {
        guard !elements.isEmpty else { return }
        let place = generator.index(below: elements.count)
        switch generator.index(below: 5) {
        case 0: elements.remove(at: place)
        case 1: elements.append(elements[place])
        case 2: elements.swapAt(place, generator.index(below: elements.count))
        default: elements[place] = changed(elements[place], &generator)
        }
    }

    private func replacement(_ generator: inout SeededGenerator) -> JSONTree {
        switch generator.index(below: 8) {
        case 0: return .array([])
        case 1: return .object([])
        case 2:
            let depth = generator.element(of: [2, 30, 31, 32, 200])
            return (0..<depth).reduce(.scalar("0")) { inner, _ in .array([inner]) }
        case 3: return .scalar("null")
        case 4: return .scalar(JSON.string(name(&generator)).canonicalText)
        default: return .scalar(generator.element(of: Self.numbers))
        }
    }
}
