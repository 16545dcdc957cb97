/// A set of byte strings with a number each, for longest-match look-ups.
///
/// The edges lie in one open-addressing hash table, so a step costs one or two
/// memory reads whatever the alphabet. Its multiplier differs from process to
/// process, so that nobody can write a vocabulary whose edges fall into one
/// corner; what is found does not depend on it.
struct ByteTrie: Sendable {
    /// Where a walk stands.
    typealias Node = UInt32

    static let root: Node = 0
    private static let vacant = UInt64.max
    /// An odd number that `Hasher` draws once for a process.
    private static let processMultiplier = UInt64(bitPattern: Int64("ByteTrie".hashValue)) | 1

    private let multiplier = Self.processMultiplier

    private var keys: [UInt64]
    private var targets: [Node]
    /// The number that ends at each node, or -1.
    private var numbers: [Int32] = [-1]

    init(minimumCapacity: Int = 16) {
        var size = 64
        while size < minimumCapacity * 2 { size *= 2 }
        keys = [UInt64](repeating: Self.vacant, count: size)
        targets = [Node](repeating: 0, count: size)
    }

    var isEmpty: Bool { numbers.count == 1 }

    /// The number of the string that ends at a node.
    func number(at node: Node) -> Int32? {
        let number = numbers[Int(node)]
        return number < 0 ? nil : number
    }

    func child(of node: Node, _ byte: UInt8) -> Node? {
        let slot = slot(of: key(node, byte))
        return keys[slot] == Self.vacant ? nil : targets[slot]
    }

    /// The node that a string leads to from the root.
    func node(of string: some Sequence<UInt8>) -> Node? {
        var node = Self.root
        for byte in string {
            guard let next = child(of: node, byte) else { return nil }
            node = next
        }
        return node
    }

    /// Where the longest string that begins at `range.lowerBound` ends, and
    /// its number.
    func longestMatch(in text: [UInt8], _ range: Range<Int>, from start: Node = root) -> (
        end: Int, number: Int32
    )? {
        var node = start
        var best: (end: Int, number: Int32)?
        for index in range {
            guard let next = child(of: node, text[index]) else { break }
            node = next
            if numbers[Int(node)] >= 0 { best = (index + 1, numbers[Int(node)]) }
        }
        return best
    }

    /// Adds a string, which then has this number (0 or more).
    mutating func insert(_ string: some Sequence<UInt8>, number: Int32) {
        var node = Self.root
        for byte in string {
            if let next = child(of: node, byte) {
                node = next
            } else {
                let next = Node(numbers.count)
                numbers.append(-1)
                insertEdge(key(node, byte), to: next)
                node = next
            }
        }
        numbers[Int(node)] = number
    }

    private func key(_ node: Node, _ byte: UInt8) -> UInt64 {
        UInt64(node) << 8 | UInt64(byte)
    }

    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: (key &* multiplier) >> 32) & mask
        while keys[slot] != key, keys[slot] != Self.vacant { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func insertEdge(_ key: UInt64, to target: Node) {
        if numbers.count * 2 > keys.count { grow() }
        let slot = slot(of: key)
        keys[slot] = key
        targets[slot] = target
    }

    private mutating func grow() {
        let (oldKeys, oldTargets) = (keys, targets)
        keys = [UInt64](repeating: Self.vacant, count: oldKeys.count * 2)
        targets = [Node](repeating: 0, count: oldKeys.count * 2)
        for (key, target) in zip(oldKeys, oldTargets) where key != Self.vacant {
            let slot = slot(of: key)
            keys[slot] = key
            targets[slot] = target
        }
    }
}
