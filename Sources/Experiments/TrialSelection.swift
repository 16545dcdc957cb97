/// Which trials of a study a reader asks a store for.
///
/// A study may hold a million trials, so whoever looks again and again asks for
/// what it does not know yet.
public enum TrialSelection: Sendable, Hashable {
    /// All of them.
    case all
    /// Those of the given numbers.
    case numbered([Int])
    /// Those of the given numbers that neither wait to be claimed nor run.
    case ended([Int])
    /// At most `limit` of those with a number above `number`, the lowest first;
    /// nil is from the beginning.
    case page(after: Int?, limit: Int)
    /// Those that can be on the front of today, given who was on it last, and
    /// the named baselines that bound its hypervolume: see `isCandidate`.
    case front(last: [Int])
}

extension TrialSelection {
    /// What is selected of all trials of a study, which is by number.
    public func select(from trials: [Trial]) -> [Trial] {
        switch self {
        case .all: return trials
        case .numbered(let numbers): return Self.pick(numbers, from: trials)
        case .ended(let numbers):
            return Self.pick(numbers, from: trials).filter { $0.hasEnded(at: $0.rung) }
        case .page(let number, let limit):
            return Array(trials.lazy.filter { $0.number > number ?? -1 }.prefix(max(0, limit)))
        case .front(let last):
            let members = Set(last)
            let latest = trials.last { $0.parent == nil }?.span.start ?? 0
            return trials.filter { members.contains($0.number) || $0.isCandidate(after: latest) }
        }
    }

    private static func pick(_ numbers: [Int], from trials: [Trial]) -> [Trial] {
        Set(numbers).sorted().compactMap { trials.indices.contains($0) ? trials[$0] : nil }
    }
}

extension Trial {
    /// Whether it can enter a front though it was not on the last one: virtual
    /// time had passed all that finishes before the latest proposal starts, so
    /// what is not on the front of those is dominated. What has replicates may
    /// enter by its means.
    /// - Parameter latest: when the latest proposal starts, in virtual time.
    fileprivate func isCandidate(after latest: Int) -> Bool {
        let isNew = state == .done && rungs[rungs.count - 1].span.finish > latest
        return isNew || label != nil || !replicates.isEmpty
    }
}
