import Experiments
import Search
import Testing

struct WarmStartTests {
    private static func study(
        seed: UInt64, strategy: String = "nsga2", trials: Int = 40, warmStart: WarmStart? = nil
    ) throws -> Study {
        var study = try Examples.native(seed: seed, trials: trials, strategy: strategy)
        study.search.warmStart = warmStart
        return study
    }

    private static func run(
        _ study: Study, on task: SimulatedTask, workers: Int = 1, storm: UInt64? = nil
    ) throws -> [Trial] {
        var simulation = StormSimulation(study, workers: workers, storm: storm, failing: [])
        simulation.measure = { try task.measure($0, in: $1, seconds: $2) }
        try simulation.run()
        return simulation.record
    }

    /// What a finished study of a task leaves to the next.
    private static func warmStart(from task: SimulatedTask, seed: UInt64) throws -> WarmStart {
        let source = try study(seed: 1000 + seed, trials: 60)
        let frozen = try WarmStart.Source(
            of: source, trials: run(source, on: task), hash: source.identityHash, for: study(seed: seed))
        return WarmStart(.studies(["source"]), sources: [frozen])
    }

    private static func volume(_ study: Study, _ trials: [Trial], first count: Int) throws -> Double {
        let front = Front.current(of: study, trials: Array(trials.prefix(count)))
        return try #require(front.hypervolume)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// Median over seeds of the hypervolume with a warm start, by that without
    /// one, after so many trials.
    private static func factor(
        _ strategy: String, after count: Int, seeds: ClosedRange<UInt64> = 1...9,
        source: @Sendable (SimulatedTask, UInt64) -> SimulatedTask
    ) throws -> Double {
        var factors: [Double] = []
        for seed in seeds {
            let task = SimulatedTask(seed: seed)
            let cold = try study(seed: seed, strategy: strategy, trials: count)
            var warm = cold
            warm.search.warmStart = try warmStart(from: source(task, seed), seed: seed)
            factors.append(
                try volume(warm, run(warm, on: task), first: count)
                    / volume(cold, run(cold, on: task), first: count))
        }
        return median(factors)
    }

    @Test(arguments: ["nsga2", "tpe", "random"])
    func `a related study helps`(strategy: String) throws {
        let factor = try Self.factor(strategy, after: 20) { $0.related(seed: $1) }
        #expect(factor > 1.02)
    }

    @Test(arguments: ["nsga2", "tpe", "random"])
    func `an unrelated study costs little`(strategy: String) throws {
        let factor = try Self.factor(strategy, after: 30) { SimulatedTask(seed: $1 + 500) }
        #expect(factor > 0.96)
    }

    @Test(arguments: ["nsga2", "tpe", "random"])
    func `a study that ranks everything the other way round costs little`(strategy: String) throws {
        let factor = try Self.factor(strategy, after: 30) { task, _ in task.reversed }
        #expect(factor > 0.96)
    }

    @Test(arguments: ["nsga2", "gp"])
    func `one worker or seven make the same trials, in a storm too`(strategy: String) throws {
        let task = SimulatedTask(seed: 3)
        let warmStart = try Self.warmStart(from: task.related(seed: 4), seed: 3)
        let study = try Self.study(seed: 3, strategy: strategy, trials: 24, warmStart: warmStart)
        let one = try Self.run(study, on: task)
        #expect(try Self.run(study, on: task, workers: 7, storm: 11) == one)
        var cold = study
        cold.search.warmStart = nil
        #expect(try Self.run(cold, on: task) != one)
    }

    @Test func `a study that was read back proposes the same`() throws {
        let task = SimulatedTask(seed: 5)
        let warmStart = try Self.warmStart(from: task.related(seed: 6), seed: 5)
        let study = try Self.study(seed: 5, trials: 20, warmStart: warmStart)
        let back = try Study(json: JSON.parse(study.json.canonicalText))
        #expect(back == study)
        #expect(back.identityHash == study.identityHash)
        #expect(try Self.run(back, on: task) == Self.run(study, on: task))
        var other = study
        other.search.warmStart?.sources = []
        #expect(other.identityHash != study.identityHash)
        #expect(other.differences(from: study).allSatisfy { $0.hasPrefix("search.warm_start") })
    }

    @Test func `what was changed in a stored warm start is noticed`() throws {
        let warmStart = try Self.warmStart(from: SimulatedTask(seed: 7), seed: 7)
        let study = try Self.study(seed: 7, warmStart: warmStart)
        let text = study.json.canonicalText
        let changed = text.replacing("\"similarity\":1", with: "\"similarity\":7")
        #expect(throws: InputError.self) { _ = try Study(json: JSON.parse(changed)) }
        let digest = try #require(warmStart.sources.first?.digest)
        let other = text.replacing(digest, with: String(digest.reversed()))
        #expect(throws: InputError.self) { _ = try Study(json: JSON.parse(other)) }
    }

    @Test func `a source keeps its best trials and no more than there is room for`() throws {
        let study = try Self.study(seed: 9, trials: 150)
        let trials = try Self.run(study, on: SimulatedTask(seed: 9))
        let source = try WarmStart.Source(of: study, trials: trials, hash: "", for: study)
        #expect(source.trials.count == WarmStart.mostTrials)
        #expect(source.similarity == 1)
        #expect(source.trials.contains { $0.ranks[0] == 0 })
        #expect(source.trials.allSatisfy { $0.ranks.count == 2 && $0.ranks[1] == nil })
    }

    @Test func `what cannot be taken over is refused with the reason`() throws {
        let native = try Self.study(seed: 1, trials: 8)
        let trials = try Self.run(native, on: SimulatedTask(seed: 1))
        func reason(_ source: Study, _ trials: [Trial], for target: Study) -> String? {
            do throws(InputError) {
                _ = try WarmStart.Source(of: source, trials: trials, hash: "", for: target)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(native, trials, for: Examples.zdt1())?.contains("space of another kind") == true)
        #expect(reason(native, [], for: native)?.contains("no finished trial") == true)
        var known = native
        known.objectives = [Objective(metric: MeasurementName.trainableParameters, direction: .minimize)]
        #expect(reason(native, trials, for: known)?.contains("known before a trial") == true)
        var simulation = StormSimulation(Examples.zdt1(trials: 8), failing: [])
        try simulation.run()
        var other = Examples.zdt1()
        other.objectives[0].metric = "f3"
        #expect(reason(simulation.study, simulation.trials, for: other)?.contains("f3") == true)
    }

    @Test(arguments: [false, true])
    func `a literal space, which has no baselines, is warm started too`(isReversed: Bool) throws {
        func run(_ study: Study, isReversed: Bool = false) throws -> [Trial] {
            var simulation = StormSimulation(study, failing: [])
            simulation.measure = { trial, study, seconds in
                var values = try Examples.measure(trial, in: study, seconds: seconds)
                for index in values.indices where isReversed { values[index].value = 9 - values[index].value }
                return values
            }
            try simulation.run()
            return simulation.trials
        }
        var factors: [Double] = []
        for seed in UInt64(1)...15 {
            let source = Examples.zdt1(seed: seed + 50, trials: 60)
            let cold = Examples.zdt1(seed: seed, trials: 30)
            var warm = cold
            warm.search.warmStart = WarmStart(
                .automatic,
                sources: [
                    try WarmStart.Source(
                        of: source, trials: run(source, isReversed: isReversed), hash: "", for: cold)
                ])
            factors.append(
                try Self.volume(warm, run(warm), first: 30) / Self.volume(cold, run(cold), first: 30))
        }
        #expect(Self.median(factors) > (isReversed ? 0.96 : 1.02))
    }
}
