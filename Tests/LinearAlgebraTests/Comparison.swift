import LinearAlgebra

/// The largest difference of two lists of numbers, relative where the expected
/// number is above 1.
func largestDifference(_ found: [Float], _ expected: [Double]) -> Double {
    guard found.count == expected.count else { return .infinity }
    return zip(found, expected).reduce(0) { largest, pair in
        let difference = abs(Double(pair.0) - pair.1) / max(1, abs(pair.1))
        return difference > largest || difference.isNaN
            ? (difference.isNaN ? .infinity : difference) : largest
    }
}

/// xorshift64* (Marsaglia 2003): this target's tests need numbers, not the
/// project's streams.
struct TestGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func matrix(_ rows: Int, _ columns: Int, deviation: Double = 1) -> Matrix {
        .normal(rows: rows, columns: columns, deviation: deviation, using: &self)
    }
}

extension Matrix {
    /// Element by element in double precision, row by row.
    var doubles: [[Double]] {
        (0..<rows).map { row in (0..<columns).map { Double(self[row, $0]) } }
    }
}

/// The slope of `loss` along `direction` at `point`, by central differences in
/// double precision.
func slope(
    at point: [[Double]], along direction: [[Double]], step: Double = 1e-5, of loss: ([[Double]]) -> Double
) -> Double {
    func moved(_ step: Double) -> [[Double]] {
        zip(point, direction).map { row, change in zip(row, change).map { $0 + step * $1 } }
    }
    return (loss(moved(step)) - loss(moved(-step))) / (2 * step)
}

func dot(_ a: [[Double]], _ b: [[Double]]) -> Double {
    zip(a.joined(), b.joined()).reduce(0) { $0 + $1.0 * $1.1 }
}
