import Glibc

/// The arguments by which a worker starts its own program again.
///
/// The program is found through `/proc`, so that a worker whose file was
/// replaced meanwhile goes on with the program that it is itself.
public struct HiddenCommands: Sendable, Hashable {
    /// Before a command to guard; see `Guard`.
    public var guardArguments: [String]
    /// For a process that trains natively; see `SlotServer`.
    public var slotArguments: [String]

    public init(guardArguments: [String] = ["guard", "--"], slotArguments: [String] = ["slot"]) {
        self.guardArguments = guardArguments
        self.slotArguments = slotArguments
    }

    /// The path of the program of this process, for a child of it.
    package static var thisProgram: String { "/proc/\(getpid())/exe" }
}
