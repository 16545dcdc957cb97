package import Experiments

/// What a study will have taken once everything that is decided has ended, at
/// the pace so far.
///
/// A limit that was looked at only after it was spent would be exceeded by
/// everything that then still waits, which may be several trials. The forecast
/// is no part of what is decided: only the cut that it leads to is, and that
/// is recorded.
package struct SpendingForecast: Sendable {
    private let spending: SearchSpending
    /// Seconds that slots have still to train.
    private let remaining: Double

    /// - Parameter workload: virtual time that has ended, and that has not.
    package init(_ spending: SearchSpending, _ workload: (ended: Double, outstanding: Double)) {
        self.spending = spending
        let pace = workload.ended > 0 ? spending.endedSeconds / workload.ended : 0
        remaining = max(0, pace * workload.outstanding - spending.runningSeconds)
    }

    /// With as many slots as were busy on average.
    package var wallSeconds: Double {
        let busy = spending.endedSeconds + spending.runningSeconds
        return spending.wallSeconds + (busy > 0 ? remaining * spending.wallSeconds / busy : 0)
    }

    /// What runs and what is to come at the power of what has ended.
    package func joules(wattsPerSlot: Double) -> Double {
        let ended = spending.meteredJoules + wattsPerSlot * spending.unmeteredSeconds
        let power = spending.endedSeconds > 0 ? ended / spending.endedSeconds : wattsPerSlot
        return ended + (spending.runningSeconds + remaining) * power
    }

    /// The limit that is reached, if one is.
    package func exceeded(of limits: SearchLimits) -> SearchCut.Reason? {
        if let limit = limits.wallSeconds, wallSeconds >= limit { return .wallTime }
        if let limit = limits.joules, joules(wattsPerSlot: limits.wattsPerSlot) >= limit { return .energy }
        return nil
    }
}
