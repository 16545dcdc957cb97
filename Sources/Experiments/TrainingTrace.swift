/// The course of a training in a few bytes: a digest of every step's loss and
/// gradient norm, bit for bit, with its low bits at up to 256 steps.
///
/// The digest rolls on, so two trainings that part never agree again, and the
/// points say where they parted: of up to 256 steps exactly, of more between
/// two points. Which steps have points follows from the number of steps alone.
public struct TrainingTrace: Sendable, Hashable, CustomStringConvertible {
    /// The most points that are kept.
    public static let capacity = 256

    /// How many steps it has seen.
    public private(set) var steps = 0
    /// Steps from one point to the next: a power of two.
    public private(set) var interval = 1
    /// Of all steps.
    public private(set) var digest: UInt64 = 0
    private var points: [UInt16] = []

    /// Of a training that has not begun.
    public init() {}

    /// Adds the next step.
    /// - Parameter gradientNorm: of all gradients together, before clipping.
    public mutating func add(loss: Double, gradientNorm: Double) {
        digest = Self.mixed(digest ^ loss.bitPattern)
        digest = Self.mixed(digest ^ gradientNorm.bitPattern)
        steps += 1
        if steps.isMultiple(of: interval) { points.append(UInt16(truncatingIfNeeded: digest)) }
        if points.count > Self.capacity { thin() }
    }

    private mutating func thin() {
        points = stride(from: 1, to: points.count, by: 2).map { points[$0] }
        interval *= 2
    }

    /// The steps, from 1, among which the first is where another training of
    /// the same record parts from this one; nil where they are the same.
    public func divergence(from other: TrainingTrace) -> ClosedRange<Int>? {
        guard self != other else { return nil }
        var (one, two) = (self, other)
        while one.interval < two.interval { one.thin() }
        while two.interval < one.interval { two.thin() }
        let agreed = zip(one.points, two.points).prefix { $0 == $1 }.count
        let shorter = max(1, min(steps, other.steps))
        let first = min(agreed * one.interval + 1, shorter)
        return first...max(first, min((agreed + 1) * one.interval, shorter))
    }

    /// `120 steps, digest 03ab…`
    public var description: String { "\(steps) steps, digest \(Self.hexadecimal(digest, digits: 16))" }

    /// A permutation of 64 bits in which every bit depends on all: the
    /// finalizer of SplitMix64 (Steele, Lea and Flood 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension TrainingTrace {
    /// The digest and the points in hexadecimal: at most about a kilobyte.
    public var json: JSON {
        [
            "steps": .integer(steps), "interval": .integer(interval),
            "digest": .string(Self.hexadecimal(digest, digits: 16)),
            "points": .string(points.map { Self.hexadecimal(UInt64($0), digits: 4) }.joined()),
        ]
    }

    /// Reads what `json` wrote; nil for anything else.
    public init?(json: JSON) {
        guard let steps = json["steps"]?.integer, steps >= 0, let interval = json["interval"]?.integer,
            interval > 0, let digest = json["digest"]?.string.flatMap({ UInt64($0, radix: 16) }),
            let text = json["points"]?.string, text.utf8.count == steps / interval * 4,
            steps / interval <= Self.capacity
        else { return nil }
        let digits = Array(text.utf8)
        let points = stride(from: 0, to: digits.count, by: 4).compactMap { start in
            UInt16(String(decoding: digits[start..<start + 4], as: UTF8.self), radix: 16)
        }
        guard points.count == steps / interval else { return nil }
        (self.steps, self.interval, self.digest, self.points) = (steps, interval, digest, points)
    }

    private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }
}
