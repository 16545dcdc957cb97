extension SearchSpace {
    /// The canonical form of an assignment: sizes of 0 and values of switched
    /// off parameters dropped, numbers in their domain's spelling.
    /// - Throws: the first name that is not a parameter, value outside its
    ///   domain, or parameter without a value.
    public func canonical(_ assignment: Assignment) throws(InputError) -> Assignment {
        var result: Assignment = [:]
        var known = 0
        for parameter in parameters {
            guard let value = assignment[parameter.name] else { continue }
            known += 1
            guard let canonical = parameter.domain.canonical(value) else {
                throw InputError(
                    "assignment", key: parameter.name,
                    reason: "\(value.canonicalText) is not in \(parameter.domain.json.canonicalText)")
            }
            if parameter.place == nil || canonical.number != 0 { result[parameter.name] = canonical }
        }
        if known < assignment.count { try refuseUnknown(in: assignment) }
        dropInactive(from: &result)
        try refuseMissing(in: result)
        return result
    }

    /// Whether a parameter exists given the values of the others: a condition
    /// on an absent parameter does not hold.
    public func isActive(_ parameter: Parameter, in assignment: Assignment) -> Bool {
        switch parameter.condition {
        case nil: true
        case .values(let allowed):
            allowed.allSatisfy { name, values in
                guard let value = assignment[name] else { return false }
                return ParameterDomain.choice(values).canonical(value) != nil
            }
        case .component(let component):
            parameters.contains { other in
                other.place?.component == component && (assignment[other.name]?.number ?? 0) != 0
            }
        }
    }

    /// Conditions may rest on conditional parameters, so dropping one value may
    /// switch off the next.
    private func dropInactive(from assignment: inout Assignment) {
        let conditional = parameters.filter { $0.condition != nil }
        var isSettled = false
        while !isSettled {
            isSettled = true
            for parameter in conditional
            where assignment[parameter.name] != nil && !isActive(parameter, in: assignment) {
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

    private func refuseMissing(in assignment: Assignment) throws(InputError) {
        for parameter in parameters
        where parameter.place == nil && assignment[parameter.name] == nil
            && isActive(parameter, in: assignment)
        {
            throw InputError(
                "assignment", key: parameter.name,
                reason: "has no value; expected one of \(parameter.domain.json.canonicalText)")
        }
    }
}
