import ArgumentParser
import Workers

/// How much disk stays free.
struct DiskOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Begin nothing new while less disk than this is free, in GB.", valueName: "GB"))
    var diskFloor = FreeDisk.floor / 1e9

    func validate() throws {
        guard diskFloor >= 0, diskFloor.isFinite else {
            throw ValidationError("--disk-floor: expected gigabytes from 0, found \(diskFloor)")
        }
    }

    /// In bytes.
    var floor: Double { diskFloor * 1e9 }

    /// Looks at the disk of a folder, and says when it falls short.
    func watch(
        _ folder: String, note: @escaping @Sendable (String) -> Void = Output.note
    ) -> DiskFloor {
        DiskFloor(floor: floor) {
            FreeDisk.bytes(at: folder)
        } observe: {
            note(Self.text(of: $0))
        }
    }

    static func text(of change: DiskFloor.Change) -> String {
        switch change {
        case .isShort(let free, let floor):
            "the disk of --data-dir has \(gigabytes(free)) free, less than --disk-floor \(gigabytes(floor)): "
                + "nothing new begins until there is room\n  try: peftsearch study prune STUDY of a "
                + "complete study, or a smaller --disk-floor"
        case .hasRoom: "the disk of --data-dir has room again"
        }
    }

    private static func gigabytes(_ bytes: Double) -> String {
        TrialTable.number((bytes / 1e7).rounded() / 100) + " GB"
    }
}
