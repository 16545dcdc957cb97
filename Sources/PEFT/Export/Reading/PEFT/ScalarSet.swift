/// A class of characters of a `ModulePattern`.
struct ScalarSet {
    var ranges: [ClosedRange<UInt32>]
    var isNegated = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } != isNegated
    }

    /// All but the line feed, as `.` has it.
    static let any = ScalarSet(ranges: [10...10], isNegated: true)

    static func one(_ scalar: Unicode.Scalar) -> ScalarSet {
        ScalarSet(ranges: [scalar.value...scalar.value])
    }

    /// What stands after a backslash, or nil for what is not read.
    static func escaped(_ scalar: Unicode.Scalar) -> ScalarSet? {
        switch scalar {
        case "d": ScalarSet(ranges: [48...57])
        case "w": ScalarSet(ranges: [48...57, 65...90, 95...95, 97...122])
        case "s": ScalarSet(ranges: [9...13, 32...32])
        case _ where scalar.isASCII && !scalar.properties.isAlphabetic && !(48...57).contains(scalar.value):
            one(scalar)
        default: nil
        }
    }
}
