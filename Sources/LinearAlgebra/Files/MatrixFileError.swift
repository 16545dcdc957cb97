import Foundation

/// Why a file of this machine's own cannot be read or written.
package struct MatrixFileError: Error {
    package let reason: String

    /// What the last system call says.
    static var ofSystem: MatrixFileError { MatrixFileError(reason: String(cString: strerror(errno))) }
}
