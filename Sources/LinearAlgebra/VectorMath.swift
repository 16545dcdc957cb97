typealias Lanes = SIMD16<Float>

/// Elementary functions on sixteen lanes.
///
/// Built from multiplication, addition and bit casts alone: a fused multiply-
/// add, `.rounded()` or a vector conversion to integers becomes one library
/// call a lane when the binary is built for baseline x86-64.
enum VectorMath {
    /// `e^x` to 2 units in the last place for x in -87 ... 88, clamped beyond.
    ///
    /// `x = n·ln 2 + r` with |r| <= ln 2 / 2, a Taylor polynomial of degree 7 in
    /// r, and 2^n put together from its exponent bits.
    @inline(__always)
    static func exp(_ x: Lanes) -> Lanes {
        let clamped = x.clamped(lowerBound: Lanes(repeating: -87.3), upperBound: Lanes(repeating: 88.3))
        // Adding 1.5·2²³ rounds to a whole number and leaves it in the low bits.
        let magic = Lanes(repeating: 12_582_912)
        let shifted = clamped * 1.442_695_04 + magic
        let n = shifted - magic
        let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4
        var p = Lanes(repeating: 1 / 5040)
        p = p * r + (1 / 720 as Float)
        p = p * r + (1 / 120 as Float)
        p = p * r + (1 / 24 as Float)
        p = p * r + (1 / 6 as Float)
        p = p * r + 0.5
        p = p * r + 1
        p = p * r + 1
        let power = (unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &+ 127) &<< 23
        return p * unsafeBitCast(power, to: Lanes.self)
    }

    /// `tanh x = 1 - 2 / (e^2x + 1)`; near 0, where that cancels, the series
    /// `x - x³/3 + 2x⁵/15 - 17x⁷/315`.
    @inline(__always)
    static func tanh(_ x: Lanes) -> Lanes {
        let far = 1 - 2 / (exp(2 * x) + 1)
        let square = x * x
        var near = square * (-17 / 315 as Float) + (2 / 15 as Float)
        near = near * square - (1 / 3 as Float)
        near = near * square + 1
        near = near * x
        return far.replacing(with: near, where: square .< 0.02)
    }

    /// The standard normal distribution function Φ(x) and `e^(-x²/2)`.
    ///
    /// Φ by formula 26.2.17 of Abramowitz and Stegun (absolute error below
    /// 7.5e-8), which shares its exponential with the density.
    @inline(__always)
    static func normal(_ x: Lanes) -> (distribution: Lanes, exponential: Lanes) {
        let exponential = exp(-0.5 * x * x)
        let magnitude = x.replacing(with: -x, where: x .< 0)
        let t = 1 / (1 + 0.231_641_9 * magnitude)
        var p = Lanes(repeating: 1.330_274_429)
        p = p * t - 1.821_255_978
        p = p * t + 1.781_477_937
        p = p * t - 0.356_563_782
        p = p * t + 0.319_381_530
        let tail = 0.398_942_28 * exponential * p * t
        return ((1 - tail).replacing(with: tail, where: x .< 0), exponential)
    }
}

extension Matrix {
    /// Writes `body` of every element of `self` (and of `other`, if given, at
    /// the same place), sixteen at a time.
    @inline(__always)
    func mapLanes(_ body: (Lanes) -> Lanes) -> Matrix {
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let count = count
        read { source in
            result.write { target in
                forEachChunk(of: count) { offset, width in
                    store(body(load(source + offset, width)), to: target + offset, width)
                }
            }
        }
        return result
    }

    /// Elementwise in two arguments of the same shape.
    @inline(__always)
    func mapLanes(with other: Matrix, _ body: (Lanes, Lanes) -> Lanes) -> Matrix {
        precondition(rows == other.rows && columns == other.columns, "shapes differ")
        var result = Matrix(uninitializedRows: rows, columns: columns)
        let count = count
        read { a in
            other.read { b in
                result.write { target in
                    forEachChunk(of: count) { offset, width in
                        store(body(load(a + offset, width), load(b + offset, width)), to: target + offset, width)
                    }
                }
            }
        }
        return result
    }
}

/// Calls `body` for each run of 16, and once for what is left over.
@inline(__always)
func forEachChunk(of count: Int, _ body: (_ offset: Int, _ width: Int) -> Void) {
    var offset = 0
    while offset + Lanes.scalarCount <= count {
        body(offset, Lanes.scalarCount)
        offset += Lanes.scalarCount
    }
    if offset < count { body(offset, count - offset) }
}

/// Loads 16 values, or `width` of them padded with 0.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, _ width: Int) -> Lanes {
    if width == Lanes.scalarCount { return UnsafeRawPointer(pointer).loadUnaligned(as: Lanes.self) }
    var lanes = Lanes.zero
    for index in 0..<width { lanes[index] = pointer[index] }
    return lanes
}

/// Stores 16 values, or the first `width` of them.
@inline(__always)
func store(_ lanes: Lanes, to pointer: UnsafeMutablePointer<Float>, _ width: Int) {
    if width == Lanes.scalarCount {
        UnsafeMutableRawPointer(pointer).storeBytes(of: lanes, as: Lanes.self)
    } else {
        for index in 0..<width { pointer[index] = lanes[index] }
    }
}
