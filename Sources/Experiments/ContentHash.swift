import Crypto

/// SHA-256 (FIPS 180-4) in hexadecimal: the identity of inputs, studies and
/// artifacts.
public enum ContentHash {
    public static func sha256(of bytes: [UInt8]) -> String {
        hexadecimal(SHA256.hash(data: bytes))
    }

    /// The hash of a value's canonical text.
    public static func sha256(of value: JSON) -> String {
        sha256(of: Array(value.canonicalText.utf8))
    }

    /// The hash of a regular file, read in pieces of 1 MiB.
    /// - Parameter limit: the most bytes it may have.
    public static func sha256(ofFile path: String, limit: Int = .max) throws(InputError) -> String {
        let file = try RegularFile(path: path)
        try file.check(limit: limit)
        var hash = SHA256()
        try file.forEachPiece(of: 0..<file.size) { hash.update(data: $0) }
        return hexadecimal(hash.finalize())
    }

    /// Whether a text is a hash as this type writes it.
    static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static func hexadecimal(_ digest: SHA256Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
