import Experiments
import Search

extension PlanSummary {
    /// The plan of as many trials as limits of time and energy are expected to
    /// buy, where that is known.
    func limited() throws(InputError) -> PlanSummary {
        guard let costs,
            let trials = costs.forecast.affordableTrials(
                within: study.search.limits, slots: sideBySide, from: costs.calibration)
        else { return self }
        var plan = self
        plan.study.search.trials = max(1, trials)
        plan.budget = SearchBudget(of: plan.study)
        plan.costs = PlannedCosts(
            forecast: try StudyForecast(of: plan.study), calibration: costs.calibration)
        return plan
    }

    /// The limits of a study that has some, with what they are expected to
    /// buy.
    var limits: String? {
        let limits = study.search.limits
        let amounts = [
            limits.wallSeconds.map { "\(Quantity.text(seconds: $0)) of wall time" },
            limits.joules.map {
                "\(Quantity.text(joules: $0)) at \(TrialTable.number(limits.wattsPerSlot)) W a slot"
            },
        ].compactMap { $0 }
        guard !amounts.isEmpty else { return nil }
        let bought = costs == nil ? "" : ", which are expected to buy \(budget.trials) trials"
        return "limits   " + amounts.joined(separator: ", ") + bought
    }
}
