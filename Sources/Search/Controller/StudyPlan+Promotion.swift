import Experiments

extension StudyPlan {
    /// How long a trial's training to a rung takes in virtual time, at least 1.
    func duration(of configuration: Configuration?, to rung: Int) -> Int {
        let whole = Costs.virtualDuration(of: configuration, in: study)
        let share = Fidelities(of: study).step(to: rung)
        return max(1, Int((Double(whole) * share).rounded(.up)))
    }

    /// Lets a trial go on.
    /// - Returns: nil when it is stored so already.
    mutating func promote(_ unit: TrainingUnit) -> PromotedTrial? {
        let configuration = costs == nil ? nil : try? Configuration(json: trials[unit.trial].configuration)
        let decided = PromotedTrial(
            number: unit.trial, rung: unit.rung,
            span: schedule.place(duration: duration(of: configuration, to: unit.rung)),
            isProvisional: isProvisional)
        let isStored = trials[unit.trial].take(decided)
        promotion.promote(unit)
        insert(unit)
        return isStored ? nil : decided
    }
}
