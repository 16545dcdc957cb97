/// Parses the syntax of `ModulePattern`.
struct ModulePatternParser {
    typealias Node = ModulePattern.Node
    typealias Refused = ModulePattern.Refused

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func parse() throws(Refused) -> Node {
        guard scalars.count <= 2_000 else { throw Refused(reason: "is longer than 2000 characters") }
        let node = try alternatives()
        guard position == scalars.count else { throw Refused(reason: "has a ) without its (") }
        return node
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func alternatives() throws(Refused) -> Node {
        var nodes = [try sequence()]
        while take("|") { nodes.append(try sequence()) }
        return nodes.count == 1 ? nodes[0] : .either(nodes)
    }

    private mutating func sequence() throws(Refused) -> Node {
        var nodes: [Node] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            position += 1
            nodes.append(try repetition(of: try atom(scalar)))
        }
        return .sequence(nodes)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(Refused) -> Node {
        switch scalar {
        case ".": return .one(.any)
        case "^": return .start
        case "$": return .end
        case "(": return try group()
        case "[": return .one(try characterClass())
        case "\\": return .one(try escape())
        case "*", "+", "?", "{": throw Refused(reason: "repeats nothing")
        default: return .one(.one(scalar))
        }
    }

    private mutating func group() throws(Refused) -> Node {
        if take("?") {
            guard take(":") else { throw Refused(reason: "has a group of a kind that is not read") }
        }
        depth += 1
        guard depth <= 50 else { throw Refused(reason: "is nested more than 50 deep") }
        let node = try alternatives()
        guard take(")") else { throw Refused(reason: "has a ( without its )") }
        depth -= 1
        return node
    }

    private mutating func escape() throws(Refused) -> ScalarSet {
        guard let scalar = next, let set = ScalarSet.escaped(scalar) else {
            throw Refused(reason: "has an escape that is not read")
        }
        position += 1
        return set
    }

    private mutating func characterClass() throws(Refused) -> ScalarSet {
        var set = ScalarSet(ranges: [], isNegated: take("^"))
        while let scalar = next, scalar != "]" || set.ranges.isEmpty {
            position += 1
            if scalar == "\\" {
                set.ranges += try escape().ranges
            } else if next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
                let last = scalars[position + 1]
                guard last != "\\", scalar.value <= last.value else {
                    throw Refused(reason: "has a class that is not read")
                }
                position += 2
                set.ranges.append(scalar.value...last.value)
            } else {
                set.ranges.append(scalar.value...scalar.value)
            }
        }
        guard take("]") else { throw Refused(reason: "has a [ without its ]") }
        return set
    }

    private mutating func repetition(of node: Node) throws(Refused) -> Node {
        let repeated: Node
        switch next {
        case "*": repeated = .repeated(node, least: 0, most: nil)
        case "+": repeated = .repeated(node, least: 1, most: nil)
        case "?": repeated = .repeated(node, least: 0, most: 1)
        case "{": repeated = try bounded(node)
        default: return node
        }
        position += 1
        _ = take("?")
        if let next, "*+?{".unicodeScalars.contains(next) {
            throw Refused(reason: "repeats a repetition")
        }
        return repeated
    }

    /// Stops at the closing brace.
    private mutating func bounded(_ node: Node) throws(Refused) -> Node {
        guard let end = scalars[position...].firstIndex(of: "}") else {
            throw Refused(reason: "has a { without its }")
        }
        let text = String(String.UnicodeScalarView(scalars[position + 1..<end]))
        let bounds = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(bounds.count), let least = bounds[0], (0...100).contains(least),
            bounds.count == 1 || (bounds[1] ?? 100) <= 100 && (bounds[1] ?? 100) >= least
        else { throw Refused(reason: "has bounds of a repetition that are not read") }
        guard bounds.count == 1 || bounds[1] != nil || text.hasSuffix(",") else {
            throw Refused(reason: "has bounds of a repetition that are not read")
        }
        position = end
        return .repeated(node, least: least, most: bounds.count == 1 ? least : bounds[1])
    }
}
