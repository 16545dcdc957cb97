package import Experiments

/// Knows nothing of what the bytes mean.
package struct ByteMutation: Mutation {
    /// Texts that are put in here and there.
    let words: [[UInt8]]

    package init(words: [String] = []) {
        self.words = words.map { Array($0.utf8) } + Self.oddities
    }

    /// NUL, byte order mark, half a character, an overlong one, a surrogate, and
    /// numbers at the ends of their ranges.
    private static let oddities: [[UInt8]] = [
        [0], [0xEF, 0xBB, 0xBF], [0xE2, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x0D, 0x0A],
        [UInt8](repeating: 0xFF, count: 8), [0, 0, 0, 0x80], [0, 0, 0, 0, 0, 0, 0, 0x80],
        [0xFF, 0xFF, 0xFF, 0x7F], Array("9223372036854775808".utf8),
    ]

    package func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        var bytes = input
        for _ in 0...generator.index(below: 3) { change(&bytes, &generator) }
        return bytes
    }

    private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = generator.index(below: bytes.count + 1)
        let end = min(bytes.count, place + generator.index(below: 16) + 1)
        switch generator.index(below: 6) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: bytes[place..<end], at: generator.index(below: bytes.count + 1))
        case 2: bytes.insert(contentsOf: generator.element(of: words), at: place)
        case 3: bytes.replaceSubrange(place..<end, with: generator.element(of: words))
        case 4 where place < bytes.count: bytes[place] ^= 1 << UInt8(generator.index(below: 8))
        case 5 where generator.flip(0.1): bytes.removeSubrange(place...)
        default: bytes.insert(UInt8(generator.index(below: 256)), at: place)
        }
    }
}
