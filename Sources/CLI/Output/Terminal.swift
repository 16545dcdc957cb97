import Experiments
import Foundation

/// What standard error is connected to, and what may be written to it.
struct Terminal: Sendable {
    /// Whether it is a terminal that understands cursor movement.
    let isInteractive: Bool
    let width: Int

    init(environment: [String: String]) {
        let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
        isInteractive = isTerminal && environment["TERM"] != "dumb"
        var size = winsize()
        let hasSize = ioctl(FileHandle.standardError.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0
        width = hasSize && size.ws_col > 20 ? Int(size.ws_col) : 80
    }

    /// Text from elsewhere without control characters, so that it cannot move
    /// the cursor or pose as ours; line breaks stay.
    static func safe(_ text: String) -> String {
        text.replacingControls(except: ["\n", "\t"])
    }
}
