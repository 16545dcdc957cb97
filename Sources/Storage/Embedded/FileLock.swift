import Dispatch
import Experiments
import Glibc

/// An exclusive lock on a file, held until it is released or the process ends.
struct FileLock {
    private let descriptor: Int32

    /// Waits for the lock, on a thread of its own.
    init(waitingFor path: String) async throws {
        // Not inherited: a server started under the lock would keep it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw InputError(path, reason: "cannot be opened for locking (error \(errno))")
        }
        let isLocked = await withCheckedContinuation { continuation in
            DispatchQueue(label: "peftsearch.lock").async {
                var status = flock(descriptor, LOCK_EX)
                while status != 0, errno == EINTR { status = flock(descriptor, LOCK_EX) }
                continuation.resume(returning: status == 0)
            }
        }
        guard isLocked else {
            close(descriptor)
            throw InputError(path, reason: "cannot be locked: the file system does not lock")
        }
        self.descriptor = descriptor
    }

    func release() {
        close(descriptor)
    }
}
