import Experiments

extension PlanReplay {
    /// Compares a decision with what is stored, and goes on from there.
    mutating func follow(_ decision: Decision) {
        switch decision {
        case .propose(let proposal): follow(proposal)
        case .promote(let promotion): follow(promotion)
        case .derive(let derived): follow(derived)
        }
    }

    private mutating func follow(_ proposal: ProposedTrial) {
        let place = storedNumber.count { trials[$0].parent == nil }
        guard proposals.indices.contains(place) else {
            return compare(
                "trial \(proposal.number)", "configuration", nil, proposal.configuration.canonicalText)
        }
        let trial = trials[proposals[place]]
        let subject = "trial \(trial.number)"
        if !stored.hasGrown { compare(subject, "number", "\(trial.number)", "\(proposal.number)") }
        compare(subject, "seed", "\(trial.seed)", "\(proposal.seed)")
        compare(subject, "label", trial.label, proposal.label)
        compare(
            subject, "assignment", JSON.object(trial.assignment).canonicalText,
            JSON.object(proposal.assignment).canonicalText)
        compare(
            subject, "configuration", trial.configuration.canonicalText, proposal.configuration.canonicalText)
        compare(subject, "virtual time", Self.text(trial.span), Self.text(proposal.span))
        storedNumber.append(trial.number)
        shown[trial.number] = 0
    }

    private mutating func follow(_ promotion: PromotedTrial) {
        let trial = trials[storedNumber[promotion.number]]
        let isStored = trial.rungs.indices.contains(promotion.rung)
        let rung = isStored ? trial.rungs[promotion.rung] : nil
        let key = "promotion to rung \(promotion.rung)"
        compare("trial \(trial.number)", key, rung.map { Self.text($0.span) }, Self.text(promotion.span))
        if !stored.hasGrown {
            compare(
                "trial \(trial.number)", "\(key), whether provisional", rung.map { "\($0.isProvisional)" },
                "\(promotion.isProvisional)")
        }
        shown[trial.number] = promotion.rung
    }

    private mutating func follow(_ derived: DerivedTrial) {
        let parent = trials[storedNumber[derived.parent]]
        let configuration = parent.derived[derived.place].configuration
        let found = trials.first { $0.parent == parent.number && $0.configuration == configuration }
        guard let trial = found else {
            return compare(
                "trial \(derived.number)", "configuration derived from trial \(parent.number)", nil,
                configuration.canonicalText)
        }
        let subject = "trial \(trial.number)"
        if !stored.hasGrown { compare(subject, "number", "\(trial.number)", "\(derived.number)") }
        compare(
            subject, "assignment", JSON.object(trial.assignment).canonicalText,
            JSON.object(derived.assignment).canonicalText)
        storedNumber.append(trial.number)
        shown[trial.number] = trial.rung
    }

    /// What is stored and was not made again.
    mutating func compareEnd() {
        let known = Set(storedNumber)
        for trial in trials where !known.contains(trial.number) && !stored.hasGrown {
            compare("trial \(trial.number)", "configuration", trial.configuration.canonicalText, nil)
        }
        for number in storedNumber where trials[number].parent == nil && !stored.hasGrown {
            let (recorded, found) = (trials[number].rungs.count - 1, shown[number] ?? 0)
            compare("trial \(number)", "last rung", "\(recorded)", "\(found)")
        }
        let found = plan.ruleCut ?? (stored.cut?.reason == .improvement ? nil : stored.cut)
        compare("cut", "trials", stored.cut?.json.canonicalText, found?.json.canonicalText)
    }

    /// Replicates as the plan asks for them, and the front by means over seeds.
    mutating func compare(_ replication: FrontReplication) {
        for (ordinal, number) in proposals.enumerated() {
            for replicate in trials[number].replicates {
                let seed = FrontReplication.seed(of: replicate.number, ordinal: ordinal, in: stored.study)
                compare(
                    "replicate \(replicate.number) of trial \(number)", "seed", "\(replicate.seed)", "\(seed)"
                )
            }
        }
        if let missing = replication.missing.first {
            compare(
                "replicate \(missing.number) of trial \(storedNumber[missing.trial])", "seed", nil,
                "\(missing.seed)")
        }
        if difference == nil, let version = plan.version(of: replication) { made.append(version) }
    }

    mutating func compareVersions() {
        let found = made.map { version in
            var version = version
            version.members = version.members.map { storedNumber[$0] }.sorted()
            version.cause = storedNumber[version.cause]
            return version
        }
        if stored.hasGrown {
            guard let recorded = versions.last else {
                return compare("front", "members", nil, found.last.map { "\($0.members)" })
            }
            compare(
                "last front version", "members", "\(recorded.members)", found.last.map { "\($0.members)" })
            comparedVersions = 1
            return
        }
        for index in 0..<max(versions.count, found.count) {
            let recorded = versions.indices.contains(index) ? versions[index] : nil
            let other = found.indices.contains(index) ? found[index] : nil
            let subject = "front version \(index + 1)"
            compare(subject, "members", recorded.map { "\($0.members)" }, other.map { "\($0.members)" })
            compare(subject, "hypervolume", Self.text(recorded?.hypervolume), Self.text(other?.hypervolume))
            compare(subject, "cause", recorded.map { "\($0.cause)" }, other.map { "\($0.cause)" })
            compare(
                subject, "whether by means over seeds", recorded.map { "\($0.isReplicated)" },
                other.map { "\($0.isReplicated)" })
        }
        comparedVersions = versions.count
    }

    /// The shortest text that reads back the same bits.
    private static func text(_ value: Double?) -> String? { value.map { JSON.number($0).canonicalText } }

    private static func text(_ span: VirtualSpan) -> String { "\(span.start) to \(span.finish)" }
}
