/// FNV-1a (Fowler, Noll and Vo) over pairs of 32-bit words, dealt in turn to
/// eight sums that do not wait for each other: against damage, not against an
/// enemy.
struct Checksum {
    static let size = MemoryLayout<UInt64>.size
    private static let start: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    private var sums = SIMD8<UInt64>(repeating: start)
    private var words = 0

    /// However the words are divided over calls, the value is the same.
    mutating func add(_ source: UnsafeRawPointer, words count: Int) {
        var index = 0
        while index < count, words % 16 != 0 { addWord(source, &index) }
        while index + 16 <= count {
            let pairs = source.loadUnaligned(fromByteOffset: 4 * index, as: SIMD8<UInt64>.self)
            sums = (sums ^ pairs) &* Self.prime
            (index, words) = (index + 16, words + 16)
        }
        while index < count { addWord(source, &index) }
    }

    private mutating func addWord(_ source: UnsafeRawPointer, _ index: inout Int) {
        let word = source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
        let lane = words / 2 % 8
        let isFirst = words % 2 == 0
        // The lower address is the lower half, as in a load of both.
        sums[lane] ^= UInt64(word) << (isFirst ? 0 : 32)
        if !isFirst { sums[lane] &*= Self.prime }
        (index, words) = (index + 1, words + 1)
    }

    var value: UInt64 {
        sums.indices.reduce(Self.start) { ($0 ^ sums[$1]) &* Self.prime } ^ UInt64(words)
    }
}
