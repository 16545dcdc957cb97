import Experiments
import Search
import Testing

struct SobolTests {
    /// Of the sequence that Joe and Kuo publish, in the order of their program:
    /// dimensions 1, 2, 3, 8, 41, 128 and 256 of some points.
    @Test(arguments: [
        (UInt32(0), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        (UInt32(1), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
        (UInt32(2), [0.75, 0.25, 0.25, 0.75, 0.25, 0.25, 0.75]),
        (UInt32(3), [0.25, 0.75, 0.75, 0.25, 0.75, 0.75, 0.25]),
        (UInt32(5), [0.875, 0.875, 0.125, 0.375, 0.375, 0.125, 0.875]),
        (UInt32(17), [0.59375, 0.96875, 0.96875, 0.34375, 0.90625, 0.84375, 0.28125]),
        (UInt32(63), [0.015625, 0.796875, 0.359375, 0.140625, 0.671875, 0.640625, 0.046875]),
        (
            UInt32(1000),
            [
                0.2197265625, 0.0966796875, 0.5185546875, 0.8994140625, 0.9130859375, 0.5439453125,
                0.2490234375,
            ]
        ),
        (
            UInt32(1000003),
            [
                0.2764749526977539, 0.5619192123413086, 0.07799625396728516, 0.26679325103759766,
                0.9117841720581055, 0.4584512710571289, 0.8057622909545898,
            ]
        ),
    ])
    func `points are those of the published sequence`(index: UInt32, coordinates: [Double]) {
        let point = SobolSequence(dimensions: 256, seed: nil).point(at: index)
        #expect([0, 1, 2, 7, 40, 127, 255].map { point[$0] } == coordinates)
    }

    @Test(arguments: [UInt64(0), 1, 77])
    func `each block of 2^k points has one in each of 2^k parts of every axis`(seed: UInt64) {
        let sequence = SobolSequence(dimensions: 600, seed: seed)
        for (start, size) in [(0, 4), (64, 64), (1024, 256)] {
            let points = (start..<start + size).map { sequence.point(at: UInt32($0)) }
            for axis in 0..<600 {
                let parts = Set(points.map { Int($0[axis] * Double(size)) })
                #expect(parts.count == size, "axis \(axis) from \(start)")
            }
        }
    }

    @Test func `pairs of the first axes are even too`() {
        let sequence = SobolSequence(dimensions: 2, seed: 5)
        let cells = Set(
            (0..<256).map { index in
                sequence.point(at: index).map { Int($0 * 16) }
            })
        #expect(cells.count == 256)
    }

    @Test
    func `seeds scramble differently, and dimensions beyond the table differ from those that they reuse`() {
        func column(_ axis: Int, seed: UInt64) -> [Double] {
            (0..<64).map { SobolSequence(dimensions: 300, seed: seed).point(at: $0)[axis] }
        }
        #expect(column(3, seed: 1) == column(3, seed: 1))
        #expect(column(3, seed: 1) != column(3, seed: 2))
        let (own, reused) = (column(3, seed: 1), column(259, seed: 1))
        let mean = zip(own, reused).reduce(0) { $0 + ($1.0 - 0.5) * ($1.1 - 0.5) } / 64
        #expect(abs(mean * 12) < 0.35)
    }

    @Test func `normal quantiles undo the distribution function`() {
        for value in stride(from: -6.0, through: 6, by: 0.25) {
            #expect(abs(StandardNormal.quantile(StandardNormal.cumulative(value)) - value) < 1e-6, "\(value)")
        }
        #expect(abs(StandardNormal.quantile(0.975) - 1.959963984540054) < 1e-8)
        #expect(StandardNormal.quantile(0).isFinite && StandardNormal.quantile(1).isFinite)
    }

    @Test func `every parameter of a literal space is covered evenly, absent ones dropped`() throws {
        let space = SearchSpace(
            meaning: .literal,
            parameters: [
                Parameter(name: "method", domain: .choice(["a", "b"])),
                Parameter(
                    name: "rank", domain: .levels([1, 2, 4, 8]), condition: .values(["method": ["b"]])),
                Parameter(name: "rate", domain: .real(lower: 1e-5, upper: 1e-2, scale: .log)),
            ])
        let assignments = try (0..<64).map { number in
            try #require(try SobolStrategy().propose(ProposalContext(seed: 3, number: number, space: space)))
                .assignment
        }
        let withRank = assignments.filter { $0["method"] == "b" }
        #expect(withRank.count == 32)
        #expect(assignments.filter { $0["rank"] != nil }.count == 32)
        let decades = assignments.map { $0["rate"]?.number ?? 0 }
        #expect(decades.filter { $0 < 1e-4 }.count == 21 || decades.filter { $0 < 1e-4 }.count == 22)
    }

    @Test func `native points cover the prior more evenly than random ones`() throws {
        let space = try HybridSpace.preset(name: "hybrid", shape: Examples.miniLM)
        /// Of how many of 32 proposals have one component, over seeds.
        func variance(_ strategy: any Strategy) throws -> Double {
            let counts = try (UInt64(1)...20).map { seed in
                try (0..<32).filter { number in
                    let context = ProposalContext(seed: seed, number: number, space: space)
                    let proposal = try #require(try strategy.propose(context))
                    return try Configuration(json: proposal.configuration).components.count == 1
                }.count
            }
            let mean = Double(counts.reduce(0, +)) / 20
            return counts.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 20
        }
        #expect(try variance(SobolStrategy()) < 0.5 * variance(RandomStrategy()))
    }
}
