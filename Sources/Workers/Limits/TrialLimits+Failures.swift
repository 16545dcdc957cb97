import Experiments
import Glibc

extension TrialLimits {
    /// What the end of an attempt says about a limit that it met; nil where it
    /// ended for another reason, as far as one can see.
    ///
    /// A process that is refused memory, a file or a descriptor is told so and
    /// ends as it likes, so the end of its log is all that tells.
    func failure(exit: ChildExit?, headline: String, logTail: String) -> TrialFailure? {
        switch exit {
        case .killed(signal: Int(SIGXCPU)):
            return processorSeconds.map {
                TrialFailure(.timedOut, "took more than \($0) s of CPU time, the limit of --trial-cpu")
            }
        case .killed(signal: Int(SIGXFSZ)):
            return fileBytes.map { TrialFailure(.crashed, "wrote too much: \(Self.fileLimit($0))") }
        default: break
        }
        if let memory, let words = Self.find(Self.refusedMemory, in: logTail) {
            return TrialFailure(
                .outOfMemory,
                "\(headline), and its log says '\(words)': --trial-memory is \(Self.text(bytes: memory)), "
                    + "and a process may reserve \(Self.text(bytes: Self.reservable(within: memory)))")
        }
        if let fileBytes, let words = Self.find(["File too large"], in: logTail) {
            return TrialFailure(
                .crashed, "\(headline), and its log says '\(words)': \(Self.fileLimit(fileBytes))")
        }
        if let openFiles, let words = Self.find(["Too many open files"], in: logTail) {
            return TrialFailure(
                .crashed,
                "\(headline), and its log says '\(words)': a process may have \(openFiles) files open, "
                    + "the limit of --trial-open-files")
        }
        return nil
    }

    /// Of a guard that ended processes which hold more than they may.
    static func outOfMemory(holding bytes: Int, limit: Int) -> TrialFailure {
        TrialFailure(
            .outOfMemory,
            "its processes held \(text(bytes: bytes)) of memory, more than the \(text(bytes: limit)) "
                + "of --trial-memory")
    }

    private static func fileLimit(_ bytes: Int) -> String {
        "a file may have \(text(bytes: bytes)), the limit of --trial-file-size"
    }

    /// Of Python, C++, libc, PyTorch and Swift.
    private static let refusedMemory = [
        "MemoryError", "bad_alloc", "annot allocate memory", "can't allocate memory", "ailed to allocate",
        "ould not allocate",
    ]

    private static func find(_ words: [String], in log: String) -> String? {
        words.first { log.contains($0) }
    }
}
