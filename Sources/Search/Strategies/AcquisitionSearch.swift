import Experiments
import Foundation

/// Looks for the point of a space that a model rates highest: many draws, then
/// steps to better neighbours from the best few.
struct AcquisitionSearch {
    let context: ProposalContext
    let encoder: PointEncoder
    let model: SurrogateModel
    let tuning: GPTuning
    private let sampler: PriorSampler
    private let variation: Variation
    private var generator: SeededGenerator

    private struct Scored {
        var candidate: Candidate
        var score: Double
    }

    init(_ context: ProposalContext, _ encoder: PointEncoder, _ model: SurrogateModel, _ tuning: GPTuning) {
        self.context = context
        self.encoder = encoder
        self.model = model
        self.tuning = tuning
        sampler = PriorSampler(context.space)
        variation = Variation(context.space)
        generator = SeededGenerator(seed: context.seed, purpose: "gp search", UInt64(context.number))
    }

    /// - Returns: nil when nothing that was looked at is new.
    mutating func best() throws(InputError) -> Proposal? {
        var pool = try scored(firstAssignments())
        pool.sort { $0.score > $1.score }
        var current = usable(pool, tuning.descents)
        var best = current.first
        var step = 0.3
        for _ in 0..<tuning.rounds where !current.isEmpty {
            var isBetter = false
            let moves = current.map { scored in
                (0..<tuning.neighbours).map { _ in neighbour(of: scored.candidate.point.assignment, step) }
            }
            let results = try scored(moves.flatMap { $0 })
            for index in current.indices {
                let range = (index * tuning.neighbours)..<((index + 1) * tuning.neighbours)
                let better = results[range].filter { $0.score > current[index].score }
                    .sorted { $0.score > $1.score }
                if let next = usable(better, 1).first {
                    current[index] = next
                    isBetter = true
                }
            }
            best = current.max { $0.score < $1.score } ?? best
            if !isBetter { step *= 0.5 }
            step *= 0.85
        }
        return best.map { chosen in
            Proposal(
                assignment: chosen.candidate.point.assignment, configuration: chosen.candidate.point.json)
        }
    }

    private mutating func firstAssignments() -> [Assignment] {
        let trained = context.trained
        let parents = Selection.best(20, of: trained).compactMap { trained[$0].assignment }
        var assignments = (0..<tuning.priorCandidates).map { _ in sampler.sample(&generator) }
        guard !parents.isEmpty else { return assignments }
        for index in 0..<tuning.childCandidates {
            let first = parents[min(index % 20, parents.count - 1)]
            let second = parents[generator.index(below: parents.count)]
            assignments.append(
                index % 3 == 0
                    ? neighbour(of: first, 0.1) : variation.child(of: first, second, &generator))
        }
        return assignments
    }

    private func scored(_ assignments: [Assignment]) throws(InputError) -> [Scored] {
        var candidates: [Candidate] = []
        for assignment in assignments { candidates.append(try context.candidate(assignment, encoder)) }
        return zip(candidates, model.scores(of: candidates)).map { Scored(candidate: $0, score: $1) }
    }

    /// The first of a sorted list that are new, meaningful and different.
    private func usable(_ sorted: [Scored], _ count: Int) -> [Scored] {
        var chosen: [Scored] = []
        for scored in sorted where chosen.count < count {
            let point = scored.candidate.point
            guard !chosen.contains(where: { $0.candidate.point.assignment == point.assignment }),
                context.isNew(point), context.isMeaningful(point)
            else { continue }
            chosen.append(scored)
        }
        return chosen
    }

    /// A point that differs in one setting or a few, or by a move of sizes.
    private mutating func neighbour(of assignment: Assignment, _ step: Double) -> Assignment {
        let layout = encoder.layout
        var result = assignment
        let movesSizes = !layout.sizes.isEmpty && generator.uniform() < 0.6
        if movesSizes {
            var mutation = SizeMutation(
                layout, layout.pattern(of: assignment), SeededGenerator(seed: generator.next()))
            for _ in 0..<(generator.uniform() < 0.7 ? 1 : 2) {
                mutation.apply(
                    SizeMutation.Move.allCases[generator.index(below: SizeMutation.Move.allCases.count)])
            }
            for size in layout.sizes { result[size.name] = nil }
            result.merge(layout.assignment(of: mutation.pattern)) { _, new in new }
        }
        if !movesSizes || generator.uniform() < 0.3 { stepSettings(&result, step) }
        layout.complete(&result, &generator) { parameter, assignment, generator in
            SettingPrior.value(of: parameter, given: assignment, in: layout, &generator)
        }
        return result
    }

    private mutating func stepSettings(_ assignment: inout Assignment, _ step: Double) {
        let active = encoder.layout.settings.filter { assignment[$0.name] != nil }
        guard !active.isEmpty else { return }
        let isSingle = generator.uniform() < 0.5
        let chance = isSingle ? 0 : generator.uniform()
        let forced = generator.index(below: active.count)
        for (index, setting) in active.enumerated()
        where index == forced || generator.uniform() < chance {
            assignment[setting.name] = assignment[setting.name].map {
                setting.domain.neighbour(of: $0, step: step, &generator)
            }
        }
    }
}

extension ProposalContext {
    /// - Throws: why the assignment is not one of the space.
    func candidate(_ assignment: Assignment, _ encoder: PointEncoder) throws(InputError) -> Candidate {
        let point = try SpacePoint(assignment, in: space)
        return Candidate(
            point: point, coordinates: encoder.coordinates(of: point.assignment, native: point.native),
            known: knownLosses(of: point), violation: violation(of: point),
            belief: SettingPrior.logDensity(of: point.assignment, in: encoder.layout))
    }

    /// The bounds of an objective's hypervolume, as far as they are known; of
    /// an observed one in the unit of its stand-in.
    func reference(of objective: Objective) -> Objective.Reference? {
        var reference: Objective.Reference?
        if let costs, MeasurementName.kind(of: objective.metric) == .observed {
            reference = HypervolumeRule.costReference(of: objective, costs, in: space) {
                costs.standIn(for: objective.metric, of: $0)
            }
        } else {
            reference = HypervolumeRule.reference(of: objective, costs, in: space)
        }
        return reference.flatMap { HypervolumeRule.isUsable($0, for: objective) ? $0 : nil }
    }
}

extension ParameterDomain {
    /// A value near another: a normal step of the given share of the range, a
    /// neighbouring level or another choice.
    func neighbour(of value: JSON, step: Double, _ generator: inout SeededGenerator) -> JSON {
        switch self {
        case .choice, .levels: return self.step(from: value, &generator)
        case .real:
            let moved = position(of: value) + step * generator.normal()
            return self.value(at: min(max(moved, 0), 1))
        case .integer:
            let moved = self.value(at: min(max(position(of: value) + step * generator.normal(), 0), 1))
            return moved == value ? self.step(from: value, &generator) : moved
        }
    }
}
