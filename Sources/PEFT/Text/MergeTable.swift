/// Which two tokens become one, and in which order: the merges of a byte-pair
/// model.
///
/// Sorted, not hashed, so that no file can make look-ups slow.
struct MergeTable: Sendable {
    /// A pair of ids and the id of both together.
    struct Merge: Sendable, Hashable {
        let left: Int32
        let right: Int32
        let result: Int32
    }

    /// The pairs whose left side is id i are `starts[i] ..< starts[i + 1]`, by
    /// their right side.
    private let starts: [Int32]
    private let rights: [Int32]
    private let ranks: [UInt32]
    private let results: [Int32]

    /// - Parameter merges: the first comes first; of equal pairs the last
    ///   counts.
    init(_ merges: [Merge]) {
        let order = merges.indices.sorted {
            (merges[$0].left, merges[$0].right, $0) < (merges[$1].left, merges[$1].right, $1)
        }
        let last = order.indices.filter { index in
            guard index + 1 < order.count else { return true }
            let (merge, next) = (merges[order[index]], merges[order[index + 1]])
            return merge.left != next.left || merge.right != next.right
        }
        .map { order[$0] }
        var starts = [Int32](repeating: 0, count: Int(last.last.map { merges[$0].left } ?? -1) + 2)
        for index in last { starts[Int(merges[index].left) + 1] += 1 }
        for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
        self.starts = starts
        rights = last.map { merges[$0].right }
        ranks = last.map { UInt32($0) }
        results = last.map { merges[$0].result }
    }

    /// What becomes of two neighbours; nil if they stay two.
    func merge(_ left: Int32, _ right: Int32) -> (rank: UInt32, result: Int32)? {
        guard Int(left) + 1 < starts.count else { return nil }
        var low = Int(starts[Int(left)])
        var high = Int(starts[Int(left) + 1])
        while low < high {
            let middle = (low + high) / 2
            if rights[middle] < right { low = middle + 1 } else { high = middle }
        }
        guard low < Int(starts[Int(left) + 1]), rights[low] == right else { return nil }
        return (ranks[low], results[low])
    }
}
