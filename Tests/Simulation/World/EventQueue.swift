/// What is to happen, by time; at the same time in an order drawn at random.
struct EventQueue {
    private struct Event {
        var time: Ticks
        var order: UInt64
        var action: () -> Void

        static func < (a: Event, b: Event) -> Bool { (a.time, a.order) < (b.time, b.order) }
    }

    /// A binary heap.
    private var heap: [Event] = []

    mutating func add(at time: Ticks, order: UInt64, _ action: @escaping () -> Void) {
        heap.append(Event(time: time, order: order, action: action))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Ticks, action: () -> Void)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else {
                break
            }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.action)
    }
}
