import Experiments
import Synchronization

/// Says on standard error how far a training is: when it begins, and every ten
/// seconds.
final class ReplayProgress: Sendable {
    private let name: String
    private let last = Mutex(ContinuousClock.now)

    init(_ name: String) {
        self.name = name
    }

    func note(_ report: Report) {
        let isDue = last.withLock { last in
            guard last.duration(to: .now) >= .seconds(10) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let steps = report.metrics["steps"].map { " of \(Int($0))" } ?? ""
        let loss = report.metrics["loss"].map { ", loss \(TrialTable.number($0))" } ?? ""
        Output.note("\(name): step \(report.step)\(steps)\(loss)")
    }
}
