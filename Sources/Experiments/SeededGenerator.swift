import Foundation

/// xoshiro256** (Blackman and Vigna 2018, "Scrambled linear pseudorandom
/// number generators"), seeded by SplitMix64 as its authors advise.
///
/// Every random choice of the system comes from one of these, so equal seeds
/// give equal studies. A stream is split off by name, so that adding a draw to
/// one purpose does not shift the draws of another.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    public init(seed: UInt64) {
        var mixer = SplitMix64(state: seed)
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// The stream for one purpose, such as `("dropout", trial, step)`.
    public init(seed: UInt64, purpose: String, _ indices: UInt64...) {
        var mixer = SplitMix64(state: seed)
        var mixed = mixer.next()
        for byte in purpose.utf8 {
            mixer = SplitMix64(state: mixed ^ UInt64(byte))
            mixed = mixer.next()
        }
        for index in indices {
            mixer = SplitMix64(state: mixed ^ index)
            mixed = mixer.next()
        }
        self.init(seed: mixed)
    }

    public mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, by: 45)
        return result
    }

    /// Uniform in [0, 1), 53 bits.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in 0 ..< count, without bias (Lemire 2019).
    public mutating func index(below count: Int) -> Int {
        precondition(count > 0, "index(below:) needs a positive count")
        return Int(next(upperBound: UInt64(count)))
    }

    /// Standard normal (Box and Muller 1958; one of the pair is dropped, so a
    /// draw always consumes two words).
    public mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// The elements in a seeded random order (Fisher and Yates).
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for last in stride(from: result.count - 1, to: 0, by: -1) {
            result.swapAt(last, index(below: last + 1))
        }
        return result
    }

    private func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}

/// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
