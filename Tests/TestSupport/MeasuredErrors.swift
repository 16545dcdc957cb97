import Experiments
import Foundation

/// The errors that tests measure, for the page `docs/verification.md`: one line
/// of JSON each, appended to the file that the variable
/// `PEFTSEARCH_MEASURED_ERRORS` names. Without it nothing is kept.
public enum MeasuredErrors {
    /// What a method is held against.
    public enum Check: String, Sendable {
        /// Logits at given parameters, beside the oracle's.
        case logits
        /// Of every tensor, as a share of its largest element.
        case gradients
        /// Parameters and logits after three steps of AdamW.
        case steps
        /// Of the loss along each tensor, beside finite differences: as a share
        /// of the slope.
        case slopes
        /// Logits of a fresh network, beside the base's.
        case identity
        /// Logits of the merged weights, beside the attached network's.
        case merge
        /// Logits of what was exported and read again.
        case importBack = "import_back"
        /// Logits of an export that a library of Python loaded.
        case python
    }

    private static let path = ProcessInfo.processInfo.environment["PEFTSEARCH_MEASURED_ERRORS"]
    private static let lock = NSLock()

    /// - Parameter tolerance: what the test demands; the error is below it.
    public static func record(_ check: Check, of method: String, error: Double, tolerance: Double) {
        append([
            "method": .string(method), "check": .string(check.rawValue),
            "error": error.isFinite ? .number(error) : .string("\(error)"), "tolerance": .number(tolerance),
        ])
    }

    /// - Parameter reason: why the check means nothing for the method, continuing
    ///   "because".
    public static func record(_ check: Check, of method: String, impossible reason: String) {
        append([
            "method": .string(method), "check": .string(check.rawValue), "reason": .string(reason),
        ])
    }

    private static func append(_ line: JSON) {
        guard let path else { return }
        lock.withLock {
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            guard let file = FileHandle(forUpdatingAtPath: path) else { return }
            file.seekToEndOfFile()
            file.write(Data("\(line.canonicalText)\n".utf8))
            try? file.close()
        }
    }
}
