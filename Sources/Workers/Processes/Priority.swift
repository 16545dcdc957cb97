import Glibc

/// How willing a process is to let others run.
///
/// On Linux each thread has a niceness of its own, and Dispatch sets that of
/// its threads where it may: what one of them starts would not be as nice as
/// the program was asked to be.
package enum Priority {
    private static let process = __priority_which_t(PRIO_PROCESS.rawValue)

    /// The niceness of this process, of its main thread: -20 ... 19.
    package static var niceness: Int32 {
        get { getpriority(process, id_t(getpid())) }
        set { setpriority(process, id_t(getpid()), newValue) }
    }

    /// Makes a process that was just started as nice as this one.
    static func pass(to child: pid_t) { setpriority(process, id_t(child), niceness) }
}
