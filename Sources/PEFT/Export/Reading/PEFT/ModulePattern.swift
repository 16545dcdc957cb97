/// A regular expression over module names, of the part of Python's syntax that
/// adapter folders use, matched whole and in time linear in the name.
///
/// Literals, `.`, classes, groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`, `$` and
/// the escapes `\d`, `\w`, `\s`; laziness makes no difference to a whole
/// match. Everything else is refused, never misread.
package struct ModulePattern {
    /// Why a pattern is not read.
    package struct Refused: Error {
        package let reason: String
    }

    indirect enum Node {
        case empty
        case one(ScalarSet)
        case start
        case end
        case sequence([Node])
        case either([Node])
        /// From `least` to `most` times; nil is without end.
        case repeated(Node, least: Int, most: Int?)
    }

    private enum Step {
        case one(ScalarSet)
        case start, end, match
        case split(Int, Int)
        case jump(Int)
    }

    private static let largest = 20_000
    private var steps: [Step] = []
    /// How often a part was written out; one that is empty has no steps.
    private var parts = 0

    package init(_ pattern: String) throws(Refused) {
        var parser = ModulePatternParser(pattern)
        try append(try parser.parse())
        steps.append(.match)
    }

    private mutating func append(_ node: Node) throws(Refused) {
        parts += 1
        guard steps.count < Self.largest, parts < 4 * Self.largest else {
            throw Refused(reason: "is too large")
        }
        switch node {
        case .empty: break
        case .one(let set): steps.append(.one(set))
        case .start: steps.append(.start)
        case .end: steps.append(.end)
        case .sequence(let nodes): for node in nodes { try append(node) }
        case .either(let nodes): try append(either: nodes[...])
        case .repeated(let node, let least, let most): try append(node, least, most)
        }
    }

    private mutating func append(either nodes: ArraySlice<Node>) throws(Refused) {
        guard let first = nodes.first else { return }
        guard nodes.count > 1 else { return try append(first) }
        let split = steps.count
        steps.append(.split(split + 1, 0))
        try append(first)
        let jump = steps.count
        steps.append(.jump(0))
        steps[split] = .split(split + 1, steps.count)
        try append(either: nodes.dropFirst())
        steps[jump] = .jump(steps.count)
    }

    private mutating func append(_ node: Node, _ least: Int, _ most: Int?) throws(Refused) {
        for _ in 0..<least { try append(node) }
        if let most {
            for _ in least..<max(least, most) { try appendOptional(node) }
        } else {
            let split = steps.count
            steps.append(.split(split + 1, 0))
            try append(node)
            steps.append(.jump(split))
            steps[split] = .split(split + 1, steps.count)
        }
    }

    private mutating func appendOptional(_ node: Node) throws(Refused) {
        let split = steps.count
        steps.append(.split(split + 1, 0))
        try append(node)
        steps[split] = .split(split + 1, steps.count)
    }

    /// Whether it matches all of a name.
    package func matches(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        var current: Set<Int> = []
        add(0, to: &current, at: 0, of: scalars.count)
        for (index, scalar) in scalars.enumerated() {
            var next: Set<Int> = []
            for step in current {
                guard case .one(let set) = steps[step], set.contains(scalar) else { continue }
                add(step + 1, to: &next, at: index + 1, of: scalars.count)
            }
            current = next
        }
        return current.contains(steps.count - 1)
    }

    /// Adds a step and all that are reached from it without a character.
    private func add(_ first: Int, to states: inout Set<Int>, at position: Int, of count: Int) {
        var pending = [first]
        while let step = pending.popLast() {
            guard states.insert(step).inserted else { continue }
            switch steps[step] {
            case .one, .match: break
            case .start: if position == 0 { pending.append(step + 1) }
            case .end: if position == count { pending.append(step + 1) }
            case .split(let a, let b): pending += [b, a]
            case .jump(let target): pending.append(target)
            }
        }
    }
}
