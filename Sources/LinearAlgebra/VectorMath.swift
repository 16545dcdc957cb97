package typealias Lanes = SIMD16<Float>

/// Elementary functions on sixteen lanes.
///
/// Built from multiplication, addition and bit operations alone. A comparison
/// of lanes, a fused multiply-add, `.rounded()` or a vector conversion to
/// integers becomes one call a lane when the binary is built for baseline
/// x86-64, and costs a factor of eight.
package enum VectorMath {
    /// `e^x` to 2 units in the last place, for x in -87 ... 88.
    ///
    /// `x = n·ln 2 + r` with |r| <= ln 2 / 2, a Taylor polynomial of degree 7 in
    /// r, and 2^n put together from its exponent bits.
    @inline(__always)
    package static func exp(_ x: Lanes) -> Lanes {
        // Adding 1.5·2²³ rounds to a whole number and leaves it in the low bits.
        let magic = Lanes(repeating: 12_582_912)
        let shifted = x * 1.442_695_04 + magic
        let n = shifted - magic
        let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
        var p = Lanes(repeating: 1 / 5040)
        p = p * r + (1 / 720 as Float)
        p = p * r + (1 / 120 as Float)
        p = p * r + (1 / 24 as Float)
        p = p * r + (1 / 6 as Float)
        p = p * r + 0.5
        p = p * r + 1
        p = p * r + 1
        return p * float((bits(shifted) &+ 127) &<< 23)
    }

    /// `min(|x|, limit)`: positive floats are ordered as their bits are.
    @inline(__always)
    package static func magnitude(_ x: Lanes, limit: Float) -> Lanes {
        let limit = bits(Lanes(repeating: limit))
        let excess = (bits(x) & 0x7FFF_FFFF) &- limit
        let isWithin = SIMD16<UInt32>(truncatingIfNeeded: SIMD16<Int32>(truncatingIfNeeded: excess) &>> 31)
        return float(limit &+ (excess & isWithin))
    }

    /// The standard normal distribution function Φ(x) and `e^(-x²/2)`.
    ///
    /// Φ by formula 26.2.17 of Abramowitz and Stegun (absolute error below
    /// 7.5e-8), which shares its exponential with the density. Beyond |x| = 13
    /// both are what they are there, 0 or 1 to float precision.
    @inline(__always)
    static func normal(_ x: Lanes) -> (distribution: Lanes, exponential: Lanes) {
        let magnitude = magnitude(x, limit: 13)
        let exponential = exp(magnitude * magnitude * -0.5)
        let t = 1 / (1 + 0.231_641_9 * magnitude)
        var p = Lanes(repeating: 1.330_274_429)
        p = p * t - 1.821_255_978
        p = p * t + 1.781_477_937
        p = p * t - 0.356_563_782
        p = p * t + 0.319_381_530
        let fromCentre = 0.5 - 0.398_942_28 * exponential * p * t
        return (0.5 + float(bits(fromCentre) | (bits(x) & 0x8000_0000)), exponential)
    }

    /// All ones where x > 0, else 0.
    @inline(__always)
    static func isPositive(_ x: Lanes) -> SIMD16<UInt32> {
        let word = SIMD16<Int32>(truncatingIfNeeded: bits(x))
        return SIMD16<UInt32>(truncatingIfNeeded: ((0 &- word) & ~word) &>> 31)
    }

    @inline(__always)
    static func bits(_ x: Lanes) -> SIMD16<UInt32> { unsafeBitCast(x, to: SIMD16<UInt32>.self) }

    @inline(__always)
    static func float(_ bits: SIMD16<UInt32>) -> Lanes { unsafeBitCast(bits, to: Lanes.self) }
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
                        store(
                            body(load(a + offset, width), load(b + offset, width)), to: target + offset, width
                        )
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
