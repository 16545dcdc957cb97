import Experiments

/// What ends a search early, in words.
enum LimitsText {
    /// Why a search ended before its budget of trials.
    static func reason(_ cut: SearchCut, of study: Study) -> String {
        let limits = study.search.limits
        let reason =
            switch cut.reason {
            case .wallTime: "its \(Quantity.text(seconds: limits.wallSeconds ?? 0)) of wall time are used up"
            case .energy: "its \(Quantity.text(joules: limits.joules ?? 0)) are used up"
            case .improvement: "further trials would improve the front by little (search.stop)"
            case .stop: "it was stopped"
            case .stopNow: "it was stopped at once"
            }
        return "the search ended after \(cut.trials) trials: \(reason)"
    }

    /// What lets it go on.
    static func remedy(_ cut: SearchCut) -> String {
        switch cut.reason {
        case .stop, .stopNow: "`peftsearch study resume`, or a larger search.trials"
        case .wallTime: "a larger search.wall_time"
        case .energy: "a larger search.energy"
        case .improvement: "more patience in search.stop, or none,"
        }
    }

    /// What is left of limits: `1 h 2 min of 2 h, 31 kJ of 50 kJ left`; nil
    /// where there are none.
    static func left(_ spending: SearchSpending, of limits: SearchLimits) -> String? {
        var parts: [String] = []
        if let limit = limits.wallSeconds {
            let left = max(0, limit - spending.wallSeconds)
            parts.append("\(Quantity.text(seconds: left)) of \(Quantity.text(seconds: limit))")
        }
        if let limit = limits.joules {
            let left = max(0, limit - spending.joules(wattsPerSlot: limits.wattsPerSlot))
            parts.append("\(Quantity.text(joules: left)) of \(Quantity.text(joules: limit))")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ") + " left"
    }
}
