public import Experiments

/// The list schedule that orders a study in virtual time: each unit of work
/// starts on the earliest free of `parallelism` virtual workers, the lowest on
/// ties.
///
/// Starts never fall from one unit to the next, so what a decision may see only
/// grows.
public struct VirtualSchedule: Sendable, Hashable {
    /// When each virtual worker is free again.
    private var free: [Int]

    /// All virtual workers are free at 0.
    /// - Parameter parallelism: at least 1.
    public init(parallelism: Int) {
        free = Array(repeating: 0, count: max(1, parallelism))
    }

    /// When the next unit starts.
    public var nextStart: Int { free.min()! }

    /// Lets workers that would be free before `time` wait for it.
    public mutating func wait(until time: Int) {
        free = free.map { max($0, time) }
    }

    /// Places the next unit.
    /// - Parameter duration: at least 1.
    public mutating func place(duration: Int) -> VirtualSpan {
        let start = nextStart
        let (finish, overflows) = start.addingReportingOverflow(max(1, duration))
        let span = VirtualSpan(start: start, finish: overflows ? Int.max : finish)
        free[free.firstIndex(of: start)!] = span.finish
        return span
    }
}
