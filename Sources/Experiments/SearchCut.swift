/// Where a search ended before its budget of trials: recorded once, and from
/// then on the end of the sequence of proposals, whoever goes on with it.
public struct SearchCut: Sendable, Hashable {
    /// Why it ended.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case wallTime = "wall_time"
        case energy
        /// By the stopping rule.
        case improvement
        /// By a person; what was proposed is trained to its end.
        case stop
        /// By a person, together with all training that was under way.
        case stopNow = "stop_now"

        /// Whether a person ended it, and can take that back.
        public var isByHand: Bool { self == .stop || self == .stopNow }
    }

    /// How many trials were proposed.
    public var trials: Int
    public var reason: Reason

    /// A cut after so many trials.
    public init(trials: Int, reason: Reason) {
        self.trials = trials
        self.reason = reason
    }
}

extension SearchCut {
    /// As readers get it.
    public var json: JSON { ["trials": .integer(trials), "reason": .string(reason.rawValue)] }
}
