extension Array<UInt8> {
    /// Decodes the scalar that begins at `index` and moves `index` past it.
    /// The bytes are valid UTF-8.
    func nextScalar(at index: inout Int) -> Unicode.Scalar {
        let first = UInt32(self[index])
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = length == 1 ? first : first & (0x7F >> UInt32(length))
        for byte in self[index + 1..<index + length] { value = value << 6 | UInt32(byte & 0x3F) }
        index += length
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    mutating func append(utf8Of scalar: Unicode.Scalar) {
        if scalar.isASCII { append(UInt8(scalar.value)) } else { append(contentsOf: UTF8.encode(scalar)!) }
    }
}
