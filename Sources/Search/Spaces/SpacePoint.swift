import Experiments

/// A point of a space: what was chosen and what it means.
struct SpacePoint: Sendable {
    /// Canonical.
    var assignment: Assignment
    /// Nil in a literal space.
    var native: Configuration?
    /// Canonical.
    var json: JSON

    /// - Throws: why the assignment is not one of the space.
    init(_ assignment: Assignment, in space: SearchSpace) throws(InputError) {
        self.assignment = try space.canonical(assignment)
        switch space.meaning {
        case .literal: json = .object(self.assignment)
        case .native:
            let configuration = try HybridSpace.configuration(ofCanonical: self.assignment, in: space)
            native = configuration
            json = configuration.json
        }
    }
}
