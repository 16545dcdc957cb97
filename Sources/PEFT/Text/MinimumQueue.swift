/// A priority queue of places by rank, then place: a binary heap (Williams
/// 1964).
struct MinimumQueue {
    /// Rank in the upper half, place in the lower.
    private var keys: [UInt64] = []

    mutating func insert(rank: UInt32, place: UInt32) {
        keys.append(UInt64(rank) << 32 | UInt64(place))
        var child = keys.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard keys[child] < keys[parent] else { return }
            keys.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popMinimum() -> (rank: UInt32, place: UInt32)? {
        guard let minimum = keys.first, let last = keys.popLast() else { return nil }
        if !keys.isEmpty {
            keys[0] = last
            sink()
        }
        return (UInt32(minimum >> 32), UInt32(truncatingIfNeeded: minimum))
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < keys.count else { return }
            let right = left + 1
            let child = right < keys.count && keys[right] < keys[left] ? right : left
            guard keys[child] < keys[parent] else { return }
            keys.swapAt(child, parent)
            parent = child
        }
    }
}
