import ArgumentParser
import Workers

/// What one attempt at a trial may take of the machine that it runs on.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("End an attempt after this time, such as 90min or 2h.", valueName: "TIME"))
    var trialTime: String?
    @Option(
        help: ArgumentHelp(
            "End an attempt whose processes hold more memory than this together, such as 4GiB.",
            valueName: "SIZE"))
    var trialMemory: String?
    @Option(
        help: ArgumentHelp(
            "End a command's attempt when one of its processes has computed for so long.", valueName: "TIME"))
    var trialCpu: String?
    @Option(
        help: ArgumentHelp("The largest file that an attempt may write, such as 10GiB.", valueName: "SIZE"))
    var trialFileSize: String?
    @Option(help: ArgumentHelp("Files that each process of an attempt may have open.", valueName: "N"))
    var trialOpenFiles: Int?

    func validate() throws { _ = try (limits, wallTime) }

    /// The longest attempt; nil is no limit.
    var wallTime: Duration? {
        get throws {
            try QuantityOption.seconds("--trial-time", trialTime, example: "90min or 2h").map { .seconds($0) }
        }
    }

    var limits: TrialLimits {
        get throws {
            if let trialOpenFiles, !(16...1_000_000).contains(trialOpenFiles) {
                throw ValidationError(
                    "--trial-open-files: expected a whole number from 16 to 1000000, found \(trialOpenFiles)")
            }
            return TrialLimits(
                memory: try QuantityOption.bytes(
                    "--trial-memory", trialMemory, from: 16 << 20, example: "4GiB"),
                processorSeconds: try QuantityOption.seconds("--trial-cpu", trialCpu, example: "90min or 2h"),
                fileBytes: try QuantityOption.bytes(
                    "--trial-file-size", trialFileSize, from: 1 << 20, example: "10GiB"),
                openFiles: trialOpenFiles)
        }
    }

    /// The options again, for a worker.
    var arguments: [String] {
        let options = [
            ("--trial-time", trialTime), ("--trial-memory", trialMemory), ("--trial-cpu", trialCpu),
            ("--trial-file-size", trialFileSize), ("--trial-open-files", trialOpenFiles.map { "\($0)" }),
        ]
        return options.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }
}
