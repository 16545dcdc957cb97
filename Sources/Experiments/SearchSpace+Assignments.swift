extension SearchSpace {
    /// The canonical form of an assignment: sizes of 0 and values of switched
    /// off parameters dropped, numbers in their domain's spelling.
    /// - Throws: the first name that is not a parameter, value outside its
    ///   domain, or parameter without a value.
    public func canonical(_ assignment: Assignment) throws(InputError) -> Assignment {
        var result: Assignment = [:]
        result.reserveCapacity(assignment.count)
        var (known, components) = (0, Set<String>())
        for parameter in parameters {
            guard let value = assignment[parameter.name] else { continue }
            known += 1
            guard let canonical = parameter.domain.canonical(value) else {
                throw InputError(
                    "assignment", key: parameter.name,
                    reason: "\(value.canonicalText) is not in \(parameter.domain.json.canonicalText)")
            }
            if let place = parameter.place {
                guard canonical.number != 0 else { continue }
                components.insert(place.component)
            }
            result[parameter.name] = canonical
        }
        if known < assignment.count { try refuseUnknown(in: assignment) }
        dropInactive(from: &result, components)
        try refuseMissing(in: result, components)
        return result
    }

    /// Whether a parameter exists given the values of the others: a condition
    /// on an absent parameter does not hold.
    public func isActive(_ parameter: Parameter, in assignment: Assignment) -> Bool {
        guard case .component(let component) = parameter.condition else {
            return parameter.isActive(in: assignment, components: [])
        }
        return parameters.contains { other in
            other.place?.component == component && (assignment[other.name]?.number ?? 0) != 0
        }
    }

    /// Conditions may rest on conditional parameters, so dropping one value may
    /// switch off the next.
    private func dropInactive(from assignment: inout Assignment, _ components: Set<String>) {
        let conditional = parameters.filter { $0.condition != nil && assignment[$0.name] != nil }
        var isSettled = false
        while !isSettled {
            isSettled = true
            for parameter in conditional
            where assignment[parameter.name] != nil
                && !parameter.isActive(in: assignment, components: components)
            {
                assignment[parameter.name] = nil
                isSettled = false
            }
        }
    }

    private func refuseUnknown(in assignment: Assignment) throws(InputError) {
        let names = Set(parameters.map(\.name))
        guard let unknown = assignment.keys.filter({ !names.contains($0) }).min() else { return }
        throw InputError(
            "assignment", key: unknown, reason: "is not a parameter of the space",
            suggestion: InputError.nearest(to: unknown, in: parameters.map(\.name)))
    }

    private func refuseMissing(in assignment: Assignment, _ components: Set<String>) throws(InputError) {
        for parameter in parameters
        where parameter.place == nil && assignment[parameter.name] == nil
            && parameter.isActive(in: assignment, components: components)
        {
            throw InputError(
                "assignment", key: parameter.name,
                reason: "has no value; expected one of \(parameter.domain.json.canonicalText)")
        }
    }
}

extension Parameter {
    /// The same where the components that have a size are known.
    /// - Parameter components: with at least one size other than 0.
    package func isActive(in assignment: Assignment, components: Set<String>) -> Bool {
        switch condition {
        case nil: true
        case .component(let component): components.contains(component)
        case .values(let allowed):
            allowed.allSatisfy { name, values in
                guard let value = assignment[name] else { return false }
                return ParameterDomain.choice(values).canonical(value) != nil
            }
        }
    }
}
