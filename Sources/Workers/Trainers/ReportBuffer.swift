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

    /// Takes all of them.
    package func drain() -> [Report] {
        reports.withLock { reports in
            defer { reports = [] }
            return reports
        }
    }

    /// Puts back what was drained and could not be stored.
    package func restore(_ unsent: [Report]) {
        reports.withLock { reports in
            reports = unsent + reports
            thin(&reports)
        }
    }

    private func thin(_ reports: inout [Report]) {
        guard reports.count > limit else { return }
        // The newest stays.
        reports = stride(from: (reports.count - 1) % 2, to: reports.count, by: 2).map { reports[$0] }
    }
}
