import Experiments
import Foundation

/// Data for standard output; everything else goes to standard error.
enum Output {
    /// Nobody reads the data any more: no error, but the end of the command.
    struct ReaderIsGone: Error {}

    /// - Throws: `ReaderIsGone`, or an `InputError` with the system's reason
    ///   why the data could not be written.
    static func write(_ text: String) throws {
        // Bytes, because CR LF is one character, which a line feed is not.
        let ending: [UInt8] = text.utf8.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(Array(text.utf8) + ending))
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            let code = Int32(cause?.code ?? 0)
            guard code != EPIPE else { throw ReaderIsGone() }
            throw InputError(
                "standard output", reason: "cannot be written: \(String(cString: strerror(code)))")
        }
    }

    /// A line on standard error, without control characters from elsewhere.
    static func note(_ text: String) {
        show(Terminal.safe(text) + "\n")
    }

    /// What is worth knowing of a study before it runs.
    static func notes(on study: Study) {
        for text in study.task?.repetitions ?? [] { note("note: \(text)") }
    }

    /// Text on standard error as it is: a question, or what moves the cursor.
    static func show(_ text: String) {
        // Whoever does not want to hear of the work still wants the work.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Puts something unwritable in the place of each standard stream that
    /// was closed before our start: the next socket would take that place, and
    /// get what we write.
    static func fillClosedStreams() {
        var descriptor: Int32
        repeat { descriptor = open("/dev/null", O_RDONLY) } while (0...2).contains(descriptor)
        close(descriptor)
    }
}
