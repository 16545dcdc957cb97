import Crypto
import Foundation

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

    /// The hash of a file, read in pieces of 1 MiB.
    public static func sha256(ofFile path: String) throws(InputError) -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw InputError(path, reason: "there is no such file")
        }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var hash = SHA256()
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
            return hexadecimal(hash.finalize())
        } catch {
            throw InputError(path, reason: "cannot be read: \(error.localizedDescription)")
        }
    }

    private static func hexadecimal(_ digest: SHA256Digest) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
