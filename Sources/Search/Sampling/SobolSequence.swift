/// Sobol's sequence (Sobol 1967) in Gray code order (Antonov and Saleev 1979)
/// with nested uniform scrambling (Owen 1995, by hashes as Burley 2020,
/// "Practical hash-based Owen scrambling"): each block of 2^k points that
/// begins at a multiple of 2^k has one point in each of 2^k equal parts of
/// every axis.
///
/// Dimensions beyond the table's reuse its own in another order of the points
/// and under other scrambles, which keeps each axis even.
package struct SobolSequence: Sendable {
    /// Coordinates of a point.
    package let dimensions: Int
    private let vectors: [[UInt32]]
    /// Nil leaves the published sequence, which begins at the origin.
    private let seed: UInt64?

    /// - Parameter seed: nil for the published sequence, without scrambling.
    package init(dimensions: Int, seed: UInt64?) {
        self.dimensions = dimensions
        self.seed = seed
        vectors = (0..<min(dimensions, SobolDirections.dimensions)).map(SobolDirections.vectors)
    }

    /// The coordinates, each in 0 ..< 1 and above 0 where it is scrambled.
    package func point(at index: UInt32) -> [Double] {
        (0..<dimensions).map { dimension in
            let (turn, column) = dimension.quotientAndRemainder(dividingBy: SobolDirections.dimensions)
            var place = index
            if turn > 0 { place = Self.scrambled(index, Self.mixed(UInt64(turn) ^ (seed ?? 0))) }
            let digits = Self.digits(place ^ (place >> 1), vectors[column])
            guard let seed else { return Double(digits) * 0x1p-32 }
            let key = Self.mixed(seed &+ Self.mixed(UInt64(dimension)))
            return (Double(Self.scrambled(digits, key)) + 0.5) * 0x1p-32
        }
    }

    private static func digits(_ bits: UInt32, _ vectors: [UInt32]) -> UInt32 {
        var (rest, digits) = (bits, UInt32(0))
        while rest != 0 {
            digits ^= vectors[rest.trailingZeroBitCount]
            rest &= rest - 1
        }
        return digits
    }

    /// Turns each digit round or not by a hash of all digits before it: a
    /// random permutation of every part of the axis at every scale.
    private static func scrambled(_ digits: UInt32, _ key: UInt64) -> UInt32 {
        var flips: UInt32 = 0
        for depth in 0..<UInt32(32) {
            let node = 1 << UInt64(depth) | UInt64(digits) >> UInt64(32 - depth)
            flips = flips << 1 | UInt32(mixed(key ^ mixed(node)) >> 63)
        }
        return digits ^ flips
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
