import Experiments

/// A point of a space: what was chosen and what it means.
struct SpacePoint: Sendable {
    /// Canonical.
    var assignment: Assignment
    /// Nil in a literal space.
    var native: Configuration?

    /// - Throws: why the assignment is not one of the space.
    init(_ assignment: Assignment, in space: SearchSpace) throws(InputError) {
        self.assignment = try space.canonical(assignment)
        switch space.meaning {
        case .literal: break
        case .native: native = try HybridSpace.configuration(ofCanonical: self.assignment, in: space)
        }
    }

    /// Canonical. Made anew each time.
    var json: JSON { native?.json ?? .object(assignment) }
}
