package import Experiments
import Synchronization

/// Reports that wait to be stored with the next renewal of the lease.
///
/// Bounded: through a long outage of the database every second report is
/// dropped again and again, so that the curve keeps its shape.
package final class ReportBuffer: Sendable {
    private let limit: Int
    private let reports = Mutex<[Report]>([])

    package init(limit: Int = 512) {
        self.limit = limit
    }

    package var isEmpty: Bool { reports.withLock(\.isEmpty) }

    package func append(_ report: Report) {
        reports.withLock { reports in
            reports.append(report)
            thin(&reports)
        }
    }

    /// All of them, which stay until they are known to be stored: whoever
    /// writes the end of an attempt must not pass a renewal that is on its way
    /// with some.
    package var pending: [Report] { reports.withLock { $0 } }

    /// Lets go of what is stored.
    package func remove(_ stored: [Report]) {
        let steps = Set(stored.map(\.step))
        reports.withLock { reports in reports.removeAll { steps.contains($0.step) } }
    }

    private func thin(_ reports: inout [Report]) {
        guard reports.count > limit else { return }
        // The newest stays.
        reports = stride(from: (reports.count - 1) % 2, to: reports.count, by: 2).map { reports[$0] }
    }
}
