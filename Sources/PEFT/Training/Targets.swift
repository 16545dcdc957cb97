import Experiments

/// What a network is to say of a split's sequences, in their order.
public enum Targets: Sendable, Hashable {
    /// A class each.
    case labels([Int])
    /// A number each.
    case values([Double])
    /// A tag for each of their words.
    case tags(WordTags)

    /// Sequences.
    public var count: Int {
        switch self {
        case .labels(let labels): labels.count
        case .values(let values): values.count
        case .tags(let tags): tags.count
        }
    }

    /// Those of some sequences, in this order.
    func selecting(_ indices: [Int]) -> Targets {
        switch self {
        case .labels(let labels): .labels(indices.map { labels[$0] })
        case .values(let values): .values(indices.map { values[$0] })
        case .tags(let tags): .tags(tags.selecting(indices))
        }
    }

    /// Numbers as training sees them; classes and tags as they are.
    func standardized(by scale: LabelScale?) -> Targets {
        guard let scale, case .values(let values) = self else { return self }
        return .values(values.map(scale.standardized))
    }

    /// What of a network's head they are about.
    package var readRows: ReadRows {
        if case .tags = self { .all } else { .first }
    }
}
