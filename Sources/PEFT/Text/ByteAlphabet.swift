/// The characters by which byte-level vocabularies write bytes: each visible
/// character of Latin-1 for its own byte, and those from U+0100 on, in order,
/// for the bytes that have none (`bytes_to_unicode` of GPT-2).
enum ByteAlphabet {
    static let characters: [Unicode.Scalar] = {
        var next: UInt32 = 0x100
        return (0...UInt8.max).map { byte in
            let isVisible = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
            if isVisible { return Unicode.Scalar(byte) }
            defer { next += 1 }
            return Unicode.Scalar(next) ?? "\u{FFFD}"
        }
    }()
}
