import Experiments

/// Writes progress: a block that is drawn over itself on a terminal, elsewhere
/// a line for each trial that ends or reaches a rung.
struct ProgressDisplay {
    private let terminal: Terminal
    private var drawnLines = 0
    /// Numbers with the rung at which they were last announced.
    private var announced: [Int: Int] = [:]
    /// How many of them were derived.
    private var derived = 0
    private var lastNote: String?
    private var hasReplicated = false
    private var wasPaused = false

    init(_ terminal: Terminal) { self.terminal = terminal }

    /// - Parameter announcing: false for the first look: what ended before is
    ///   no news.
    mutating func show(_ snapshot: ProgressSnapshot, announcing: Bool) {
        lastNote = nil
        if terminal.isInteractive {
            redraw(ProgressText.block(snapshot, width: terminal.width))
            return
        }
        // What waits in vain was announced when it began to wait.
        for trial in snapshot.rested where announced[trial.number] != trial.rung {
            if trial.parent != nil { derived += 1 }
            announced[trial.number] = trial.rung
            let finished = announced.count - derived
            if announcing { Output.note(ProgressText.line(trial, finished: finished, snapshot)) }
        }
        if snapshot.pendingReplicates > 0, !snapshot.isPaused, !hasReplicated,
            let phase = ProgressText.phase(of: snapshot)
        {
            Output.note(phase)
        }
        hasReplicated = snapshot.pendingReplicates > 0
        if snapshot.isPaused != wasPaused {
            Output.note(ProgressText.pause(of: snapshot))
        }
        wasPaused = snapshot.isPaused
    }

    /// A line between the blocks; the same one is not repeated.
    mutating func note(_ text: String) {
        guard text != lastNote else { return }
        lastNote = text
        erase()
        Output.note(text)
    }

    /// Leaves the last block standing.
    mutating func end() { drawnLines = 0 }

    private mutating func redraw(_ lines: [String]) {
        erase()
        Output.note(lines.joined(separator: "\n"))
        drawnLines = lines.count
    }

    private mutating func erase() {
        guard drawnLines > 0 else { return }
        Output.show("\u{1B}[\(drawnLines)A\u{1B}[J")
        drawnLines = 0
    }
}
