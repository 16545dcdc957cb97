/// Numbers as safetensors stores them: little-endian, whatever the machine.
/// The bytes hold whole elements.
enum LittleEndian {
    static func appendFloat32(_ bytes: [UInt8], to values: inout [Float]) {
        for index in stride(from: 0, to: bytes.count, by: 4) {
            values.append(Float(bitPattern: word32(bytes, index)))
        }
    }

    static func appendInteger32(_ bytes: [UInt8], to values: inout [Int32]) {
        for index in stride(from: 0, to: bytes.count, by: 4) {
            values.append(Int32(bitPattern: word32(bytes, index)))
        }
    }

    /// BF16 is the upper half of a Float.
    static func appendBFloat16(_ bytes: [UInt8], to values: inout [Float]) {
        for index in stride(from: 0, to: bytes.count, by: 2) {
            values.append(Float(bitPattern: word16(bytes, index) << 16))
        }
    }

    /// IEEE 754 binary16, by hand: Float16 does not exist on every platform.
    static func appendFloat16(_ bytes: [UInt8], to values: inout [Float]) {
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let half = word16(bytes, index)
            let sign = (half & 0x8000) << 16
            let magnitude = half & 0x7FFF
            let value: Float =
                switch magnitude {
                case ..<0x400: Float(magnitude) * 0x1p-24
                case ..<0x7C00: Float(bitPattern: magnitude << 13 + 112 << 23)
                default: Float(bitPattern: 0x7F80_0000 | (magnitude & 0x3FF) << 13)
                }
            values.append(Float(bitPattern: value.bitPattern | sign))
        }
    }

    static func appendFloat64(_ bytes: [UInt8], to values: inout [Float]) {
        for index in stride(from: 0, to: bytes.count, by: 8) {
            let bits = UInt64(word32(bytes, index)) | UInt64(word32(bytes, index + 4)) << 32
            values.append(Float(Double(bitPattern: bits)))
        }
    }

    /// The bytes of F32 values.
    static func bytes(of values: ArraySlice<Float>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            let bits = value.bitPattern
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
        }
        return bytes
    }

    static func bytes(of value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    static func word64(_ bytes: [UInt8]) -> UInt64 {
        UInt64(word32(bytes, 0)) | UInt64(word32(bytes, 4)) << 32
    }

    private static func word16(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8
    }

    private static func word32(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        word16(bytes, index) | word16(bytes, index + 2) << 16
    }
}
