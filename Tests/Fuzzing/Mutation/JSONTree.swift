import Experiments

/// A JSON text as a tree that, other than a value, may have a member twice and
/// scalars that are none.
indirect enum JSONTree {
    /// As it is written.
    case scalar(String)
    case array([JSONTree])
    case object([(name: String, value: JSONTree)])

    init(_ json: JSON) {
        switch json {
        case .array(let values): self = .array(values.map(JSONTree.init))
        case .object(let members):
            self = .object(members.sorted { $0.key < $1.key }.map { ($0.key, JSONTree($0.value)) })
        default: self = .scalar(json.canonicalText)
        }
    }

    var text: String {
        switch self {
        case .scalar(let text): text
        case .array(let values): "[\(values.map(\.text).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\(JSON.string($0.name).canonicalText):\($0.value.text)" }.joined(separator: ","))}"
        }
    }

    /// How many values there are, with this one.
    var count: Int {
        switch self {
        case .scalar: 1
        case .array(let values): values.reduce(1) { $0 + $1.count }
        case .object(let members): members.reduce(1) { $0 + $1.value.count }
        }
    }

    /// Changes the value of this number, counted from 0 with those that hold it
    /// first.
    mutating func change(at number: Int, _ body: (inout JSONTree) -> Void) {
        if number == 0 { return body(&self) }
        var rest = number - 1
        switch self {
        case .scalar: return
        case .array(var values):
            for index in values.indices {
                let count = values[index].count
                if rest < count {
                    values[index].change(at: rest, body)
                    self = .array(values)
                    return
                }
                rest -= count
            }
        case .object(var members):
            for index in members.indices {
                let count = members[index].value.count
                if rest < count {
                    members[index].value.change(at: rest, body)
                    self = .object(members)
                    return
                }
                rest -= count
            }
        }
    }
}
