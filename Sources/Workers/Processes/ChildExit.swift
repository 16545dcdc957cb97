/// How a process ended.
package enum ChildExit: Sendable, Hashable {
    case exited(Int)
    case killed(signal: Int)
    /// It could not be started or watched, and why.
    case notStarted(String)

    /// Reads an exit status as shells write it: 128 + n for signal n, also
    /// when it was a shell within the command that saw the signal.
    package init(status: Int) {
        self = (129...192).contains(status) ? .killed(signal: status - 128) : .exited(status)
    }

    /// The status to exit with so that `init(status:)` reads it again.
    package var status: Int {
        switch self {
        case .exited(let code): code
        case .killed(let signal): 128 + signal
        case .notStarted: 126
        }
    }
}
