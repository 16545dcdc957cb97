package import Experiments

/// All assignments of a small finite space, each value of a parameter only where
/// the parameter exists.
package struct SpaceEnumeration: Sendable {
    /// Canonical but for the order of their making.
    package let assignments: [Assignment]

    /// - Parameter limit: of assignments that are worth going through.
    /// - Returns: nil when there are more, or a parameter is continuous.
    package init?(of space: SearchSpace, limit: Int = 20_000) {
        var walk = Walk(parameters: Self.conditionsFirst(space.parameters), limit: limit)
        guard walk.isPossible, walk.visit(0, [:], components: []), !walk.found.isEmpty else { return nil }
        assignments = walk.found
    }

    /// Each parameter behind those that decide whether it exists.
    private static func conditionsFirst(_ parameters: [Parameter]) -> [Parameter] {
        var left = parameters
        var ordered: [Parameter] = []
        while !left.isEmpty {
            let isFree = { (parameter: Parameter) in
                switch parameter.condition {
                case nil: true
                case .values(let values): !left.contains { values[$0.name] != nil }
                case .component(let component): !left.contains { $0.place?.component == component }
                }
            }
            let next = left.firstIndex(where: isFree) ?? 0
            ordered.append(left.remove(at: next))
        }
        return ordered
    }

    private struct Walk {
        let parameters: [Parameter]
        let limit: Int
        var found: [Assignment] = []

        /// Whether those that always exist leave it possible that there are few.
        var isPossible: Bool {
            var count = 1
            for parameter in parameters where parameter.condition == nil {
                guard let values = parameter.domain.values(upTo: limit) else { return false }
                count *= values.count
                if count > limit { return false }
            }
            return true
        }

        /// Adds what the parameters from `index` on make of a beginning.
        /// - Returns: false when it becomes too much.
        mutating func visit(_ index: Int, _ beginning: Assignment, components: Set<String>) -> Bool {
            guard parameters.indices.contains(index) else {
                found.append(beginning)
                return found.count <= limit
            }
            let parameter = parameters[index]
            guard parameter.isActive(in: beginning, components: components) else {
                return visit(index + 1, beginning, components: components)
            }
            guard let values = parameter.domain.values(upTo: limit) else { return false }
            return values.allSatisfy { value in
                var (assignment, components) = (beginning, components)
                if let place = parameter.place {
                    if value.number != 0 {
                        assignment[parameter.name] = value
                        components.insert(place.component)
                    }
                } else {
                    assignment[parameter.name] = value
                }
                return visit(index + 1, assignment, components: components)
            }
        }
    }
}
