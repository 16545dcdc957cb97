/// The tokens of one word while they are merged: a linked list, and a queue of
/// the merges that are possible.
///
/// The merge of the lowest rank is done first, of equal ones the leftmost. A
/// merge may be queued that its neighbours' merge has made impossible; it is
/// recognised by its rank, which only one pair has. A word has less than 2³¹
/// tokens.
struct BytePairMerger {
    private struct Symbol {
        /// -1 when it has become a part of the one to the left.
        var id: Int32
        /// -1 at the word's ends.
        var previous: Int32
        var next: Int32
    }

    private var symbols: [Symbol] = []
    private var queue = MinimumQueue()

    /// Begins a word.
    mutating func start() {
        symbols.removeAll(keepingCapacity: true)
    }

    /// Adds a token at the end.
    mutating func add(_ id: Int32) {
        let index = Int32(symbols.count)
        if index > 0 { symbols[symbols.count - 1].next = index }
        symbols.append(Symbol(id: id, previous: index - 1, next: -1))
    }

    mutating func merge(by table: MergeTable) {
        for index in symbols.indices.dropLast() { offer(Int32(index), table) }
        while let (rank, left) = queue.popMinimum() {
            let index = Int(left)
            guard symbols[index].id >= 0, symbols[index].next >= 0 else { continue }
            let next = Int(symbols[index].next)
            guard let merge = table.merge(symbols[index].id, symbols[next].id), merge.rank == rank else {
                continue
            }
            symbols[index].id = merge.result
            symbols[index].next = symbols[next].next
            symbols[next].id = -1
            if symbols[next].next >= 0 { symbols[Int(symbols[next].next)].previous = Int32(left) }
            if symbols[index].previous >= 0 { offer(symbols[index].previous, table) }
            offer(Int32(left), table)
        }
    }

    func appendIDs(to ids: inout [Int32]) {
        for symbol in symbols where symbol.id >= 0 { ids.append(symbol.id) }
    }

    /// Queues the merge of a token with its right neighbour, if there is one.
    private mutating func offer(_ left: Int32, _ table: MergeTable) {
        let symbol = symbols[Int(left)]
        guard symbol.next >= 0, let merge = table.merge(symbol.id, symbols[Int(symbol.next)].id) else {
            return
        }
        queue.insert(rank: merge.rank, place: UInt32(left))
    }
}
