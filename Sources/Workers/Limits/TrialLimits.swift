/// What one attempt's processes may take of the machine. Nothing here is part
/// of a study: a limit decides where a trial can run, not what comes of it.
public struct TrialLimits: Sendable, Hashable {
    /// Bytes that all processes of an attempt may hold together, beside what
    /// lies in files anyway.
    public var memory: Int?
    /// CPU seconds of each process of a command.
    public var processorSeconds: Int?
    /// Bytes of each file that is written.
    public var fileBytes: Int?
    /// Of each process.
    public var openFiles: Int?

    /// - Parameters: nil is no limit.
    public init(
        memory: Int? = nil, processorSeconds: Int? = nil, fileBytes: Int? = nil, openFiles: Int? = nil
    ) {
        self.memory = memory
        self.processorSeconds = processorSeconds
        self.fileBytes = fileBytes
        self.openFiles = openFiles
    }

    /// Of a process that serves attempt after attempt: its CPU time is no
    /// attempt's, and with one thread not more than the time that passes.
    var ofSlot: TrialLimits {
        var limits = self
        limits.processorSeconds = nil
        return limits
    }

    /// Bytes in the largest binary unit: `4 GiB`, `1.5 MiB`.
    public static func text(bytes: Int) -> String {
        var (value, unit) = (Double(bytes), "bytes")
        for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 {
            (value, unit) = (value / 1024, larger)
        }
        let tenths = (value * 10).rounded() / 10
        return (tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)") + " \(unit)"
    }
}
