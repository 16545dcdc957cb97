import Experiments

/// Writes progress: a block that is drawn over itself on a terminal, a line
/// for each trial that ends elsewhere.
struct ProgressDisplay {
    private let terminal: Terminal
    private var drawnLines = 0
    private var announced: Set<Int> = []
    private var lastNote: String?

    init(_ terminal: Terminal) { self.terminal = terminal }

    /// - Parameter announcing: false for the first look: what ended before is
    ///   no news.
    mutating func show(_ snapshot: ProgressSnapshot, announcing: Bool) {
        lastNote = nil
        if terminal.isInteractive {
            redraw(ProgressText.block(snapshot, width: terminal.width))
            return
        }
        for trial in snapshot.finished where announced.insert(trial.number).inserted && announcing {
            Output.note(ProgressText.line(trial, finished: announced.count, snapshot))
        }
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
