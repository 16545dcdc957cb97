import Experiments

extension StudyPlan {
    /// Makes trials of what followed from a unit's trial, if that was its last
    /// rung: those whose configuration has not come up before.
    ///
    /// Called for units in virtual order. So numbers follow from the study, and
    /// after a crash, when all that was decided before is stored, the same
    /// trials are made again. What a smaller budget made at its end comes up
    /// here as if it were new, so that proposals are those of the larger one.
    /// - Returns: the numbers of what has come up.
    @discardableResult
    mutating func derive(from unit: TrainingUnit, _ decisions: inout [Decision]) -> [Int] {
        guard unit.rung == lastRung, derivedFrom.insert(unit.trial).inserted else { return [] }
        let parent = trials[unit.trial]
        var numbers: [Int] = []
        for (place, result) in parent.derived.enumerated()
        where proposed.insert(result.configuration.canonicalText).inserted {
            let isStored = { [trials] (number: Int) in trials[number].configuration == result.configuration }
            if let stored = derived[parent.number]?.first(where: isStored) {
                numbers.append(stored)
                continue
            }
            let made = DerivedTrial(
                number: trials.count, parent: parent.number, place: place,
                assignment: assignment(of: result.configuration))
            guard let trial = Trial(made, of: parent), add(derived: trial) else { continue }
            decisions.append(.derive(made))
            numbers.append(made.number)
        }
        return numbers
    }

    /// Adds a derived trial behind all others.
    /// - Returns: whether the study could have made it.
    mutating func add(derived trial: Trial) -> Bool {
        guard trial.number == trials.count, let number = trial.parent, trials.indices.contains(number),
            trial.state == .done, trials[number].parent == nil, trial.seed == trials[number].seed,
            trials[number].derived.contains(where: { $0.configuration == trial.configuration }),
            derived[number]?.allSatisfy({ trials[$0].configuration != trial.configuration }) != false
        else { return false }
        ordinals.append(ordinals[number])
        derived[number, default: []].append(trial.number)
        trials.append(trial)
        return true
    }

    /// What a unit has shown of its trial, or the last rung of a derived one.
    func seen(_ trial: Trial, at rung: Int) -> VisibleTrial {
        var seen = VisibleTrial(
            trial, at: rung,
            configuration: costs == nil ? nil : try? Configuration(json: trial.configuration), in: study,
            costs: costs)
        seen.number = ordinals[trial.number] * (study.search.derived + 1)
        if let parent = trial.parent {
            let siblings = trials[parent].derived
            seen.number += 1 + (siblings.firstIndex { $0.configuration == trial.configuration } ?? 0)
            seen.earlier = []
        }
        return seen
    }

    /// Empty for a configuration outside the space: strategies see its result
    /// and never breed from it. How a super-network was trained is no parameter
    /// of a space: its parts' assignments are those of training them alone.
    private func assignment(of configuration: JSON) -> Assignment {
        guard var configuration = try? Configuration(json: configuration) else { return [:] }
        configuration.training.sampling = .whole
        return HybridSpace.assignment(of: configuration, in: study.space) ?? [:]
    }
}
