import Experiments
import Testing

@Suite struct SeededGeneratorTests {
    /// By a Python program of the two papers' algorithms, which was itself
    /// compared with the published outputs of both (SplitMix64 from 1234567,
    /// xoshiro256** from the state 1, 2, 3, 4).
    static let vectors: [UInt64: [UInt64]] = [
        0: [
            11_091_344_671_253_066_420, 13_793_997_310_169_335_082, 1_900_383_378_846_508_768,
            7_684_712_102_626_143_532, 13_521_403_990_117_723_737, 18_442_103_541_295_991_498,
            7_788_427_924_976_520_344, 9_881_088_229_871_127_103,
        ],
        7: [
            12_923_355_070_828_475_994, 5_142_052_590_334_782_674, 15_488_392_906_492_639_638,
            18_098_058_644_649_177_664, 18_278_145_976_438_096_664, 16_099_837_482_234_907_721,
            1_120_678_062_349_637_716, 1_926_500_276_298_015_196,
        ],
        .max: [
            10_328_197_420_357_168_392, 14_156_678_507_024_973_869, 9_357_971_779_955_476_126,
            13_791_585_006_304_312_367, 10_463_432_026_814_718_762, 13_498_236_496_097_551_653,
            6_831_296_623_176_769_502, 14_161_350_843_019_729_634,
        ],
    ]

    @Test(arguments: vectors.keys.sorted())
    func `the words are those of xoshiro256** after SplitMix64`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        #expect((0..<8).map { _ in generator.next() } == Self.vectors[seed])
    }

    @Test func `a stream is pinned by seed, purpose and indices`() {
        var generator = SeededGenerator(seed: 7, purpose: "dropout head", 3)
        #expect(
            generator.next() == 10_336_522_316_670_002_188 && generator.next() == 16_764_985_105_427_174_355)
    }

    @Test func `streams of other seeds, purposes and indices are others`() {
        var first: Set<UInt64> = []
        for seed: UInt64 in 0..<10 {
            for purpose in ["", "a", "b", "ab", "ba", "data order"] {
                for index: UInt64 in 0..<10 {
                    var generator = SeededGenerator(seed: seed, purpose: purpose, index)
                    #expect(first.insert(generator.next()).inserted, "seed \(seed), \(purpose), \(index)")
                }
            }
        }
    }

    @Test func `equal seeds give equal streams`() {
        var (a, b) = (
            SeededGenerator(seed: 3, purpose: "x", 1, 2), SeededGenerator(seed: 3, purpose: "x", 1, 2)
        )
        #expect((0..<100).allSatisfy { _ in a.next() == b.next() })
        var other = SeededGenerator(seed: 3, purpose: "x", 2, 1)
        #expect(other.next() != SeededGenerator.firstWord(3, "x", 1, 2))
    }

    @Test(arguments: [2, 3, 7, 10, 1000])
    func `an index below a count is spread evenly`(count: Int) {
        var generator = SeededGenerator(seed: 5, purpose: "even", UInt64(count))
        let draws = 1000 * count
        var found = [Int](repeating: 0, count: count)
        for _ in 0..<draws { found[generator.index(below: count)] += 1 }
        let chiSquare = found.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
        // Mean count - 1, variance 2·(count - 1); five deviations.
        let degrees = Double(count - 1)
        #expect(chiSquare < degrees + 5 * (2 * degrees).squareRoot(), "\(chiSquare) with \(degrees) degrees")
    }

    @Test func `a count that does not divide 2^64 has no favourites`() {
        // The remainder of a word would fall into the lowest third 3 times in 8.
        var generator = SeededGenerator(seed: 9)
        let count = 3 << 61
        let low = (0..<30_000).count { _ in generator.index(below: count) < count / 3 }
        #expect(abs(low - 10_000) < 500, "\(low) of 30000 in the lowest third")
    }

    @Test func `uniform and normal draws have their moments`() {
        var generator = SeededGenerator(seed: 13)
        let uniform = (0..<100_000).map { _ in generator.uniform() }
        #expect(uniform.allSatisfy { (0..<1).contains($0) })
        #expect(abs(uniform.reduce(0, +) / 100_000 - 0.5) < 0.005)
        let normal = (0..<100_000).map { _ in generator.normal() }
        let mean = normal.reduce(0, +) / 100_000
        let variance = normal.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
        #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03 && normal.allSatisfy(\.isFinite))
    }

    @Test func `a shuffle keeps all elements, and each place is as likely`() {
        var generator = SeededGenerator(seed: 21)
        var counts = [[Int]](repeating: [Int](repeating: 0, count: 5), count: 5)
        for _ in 0..<10_000 {
            let order = generator.shuffled([0, 1, 2, 3, 4])
            #expect(order.sorted() == [0, 1, 2, 3, 4])
            for (place, element) in order.enumerated() { counts[element][place] += 1 }
        }
        #expect(counts.joined().allSatisfy { abs($0 - 2000) < 200 }, "\(counts)")
        #expect(generator.shuffled([] as [Int]) == [])
    }
}

extension SeededGenerator {
    fileprivate static func firstWord(_ seed: UInt64, _ purpose: String, _ a: UInt64, _ b: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: seed, purpose: purpose, a, b)
        return generator.next()
    }
}
