/// Values in their order, so that ranks need no new sorting when some of them
/// count more than once.
struct Ranking {
    /// Positions of the values, ascending; `ends` are where groups of equal
    /// ones end in it.
    private let order: [Int]
    private let ends: [Int]

    init(_ values: [Double]) {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        ends = order.indices.filter { index in
            index + 1 == order.count || values[order[index]] != values[order[index + 1]]
        }.map { $0 + 1 }
        self.order = order
    }

    /// The rank of each value, from 1, when value i stands there `counts[i]`
    /// times; equal values have the mean of theirs. Values that count 0 times
    /// have no meaningful rank.
    func ranks(_ counts: [Int32]) -> [Double] {
        var ranks = [Double](repeating: 0, count: order.count)
        var (before, start) = (0, 0)
        for end in ends {
            var size = 0
            for index in start..<end { size += Int(counts[order[index]]) }
            let rank = Double(before) + Double(size + 1) / 2
            for index in start..<end { ranks[order[index]] = rank }
            (before, start) = (before + size, end)
        }
        return ranks
    }
}
