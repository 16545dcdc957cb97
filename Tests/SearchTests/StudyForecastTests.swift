import Experiments
import Search
import Testing

@Suite struct StudyForecastTests {
    /// A machine on which work takes a nanosecond a unit.
    private func calibration(
        _ forecast: StudyForecast, of study: Study, speed: Double = 1, memory: Double? = 4e8
    ) throws -> StudyForecast.Calibration {
        let trial = forecast.baselines[0]
        let run = CalibrationRun(
            configuration: trial.configuration, trainingShare: 0.25, validationExamples: 50)
        return StudyForecast.Calibration(
            run: run, trainSeconds: 0.25 * trial.work.training * 1e-9 / speed,
            // Of 200 examples.
            validationSeconds: 0.25 * trial.work.evaluation * 1e-9 / speed,
            latencySeconds: trial.work.latency * 1e-9 / speed / Costs.latencyPredictions,
            peakMemoryBytes: memory)
    }

    @Test func `the baselines and what the strategy draws first are those that the study runs`() throws {
        let study = try Examples.native(trials: 40, strategy: "random")
        let forecast = try StudyForecast(of: study)
        var simulation = StormSimulation(study)
        try simulation.run()
        #expect(forecast.baselines.map(\.label) == simulation.trials.prefix(6).map(\.label))
        #expect(
            (forecast.baselines + forecast.drawn).map(\.configuration.json)
                == simulation.trials.map(\.configuration))
        #expect(forecast.budget.searchedTrials == 34)
    }

    @Test func `a trial's prediction is its work on the measured machine, twice as fast in half the time`()
        throws
    {
        let study = try Examples.native(trials: 20)
        let forecast = try StudyForecast(of: study)
        let (slow, fast) = (
            try calibration(forecast, of: study), try calibration(forecast, of: study, speed: 2)
        )
        for trial in forecast.baselines + forecast.drawn {
            let prediction = forecast.prediction(of: trial, from: slow)
            #expect(abs(prediction.seconds / (trial.work.sum * 1e-9) - 1) < 1e-9)
            let half = forecast.prediction(of: trial, from: fast)
            #expect(abs(2 * half.seconds / prediction.seconds - 1) < 1e-9)
        }
        #expect(abs(2 * forecast.seconds(from: fast) / forecast.seconds(from: slow) - 1) < 1e-9)
    }

    @Test func `a study's time is its trials' and the states', and grows with the budget`() throws {
        let study = try Examples.native(trials: 20)
        let forecast = try StudyForecast(of: study)
        let work = (forecast.baselines + forecast.drawn).reduce(0) { $0 + $1.work.sum }
        let seconds = forecast.seconds(from: try calibration(forecast, of: study))
        #expect(abs(seconds / ((work + forecast.statesWork) * 1e-9) - 1) < 1e-9)
        let larger = try StudyForecast(of: try Examples.native(trials: 200))
        #expect(larger.seconds(from: try calibration(larger, of: study)) > 5 * seconds)
    }

    @Test func `limits of time and energy buy as many trials as they pay for`() throws {
        let study = try Examples.native(trials: 20)
        let forecast = try StudyForecast(of: study)
        let calibration = try calibration(forecast, of: study)
        let seconds = forecast.seconds(from: calibration)
        func trials(_ limits: SearchLimits, slots: Int = 1) -> Int? {
            forecast.affordableTrials(within: limits, slots: slots, from: calibration)
        }
        #expect(trials(SearchLimits()) == nil)
        #expect(trials(SearchLimits(wallSeconds: 1.001 * seconds)) == 20)
        #expect(trials(SearchLimits(wallSeconds: 0.501 * seconds), slots: 2) == 20)
        #expect(trials(SearchLimits(wallSeconds: 1e-9)) == 6)
        let some = try #require(trials(SearchLimits(wallSeconds: 0.8 * seconds)))
        #expect(some > 6 && some < 20)
        #expect(trials(SearchLimits(joules: 0.8 * seconds * 3, wattsPerSlot: 3)) == some)
    }

    @Test func `memory is that of the calibrated trial and the difference of the two, or unknown`() throws {
        let study = try Examples.native(trials: 20)
        let forecast = try StudyForecast(of: study)
        let measured = try calibration(forecast, of: study)
        #expect(forecast.prediction(of: forecast.baselines[0], from: measured).memoryBytes == 4e8)
        let full = try #require(forecast.baselines.first { $0.label == "full" })
        #expect(try #require(forecast.prediction(of: full, from: measured).memoryBytes) > 6e8)
        // A slot that has trained larger ones does not shrink for it.
        let head = try #require(forecast.baselines.first { $0.label == "head_only" })
        #expect(forecast.prediction(of: head, from: measured).memoryBytes == 4e8)
        let unknown = try calibration(forecast, of: study, memory: nil)
        #expect(forecast.prediction(of: full, from: unknown).memoryBytes == nil)
    }

    @Test func `a budget below the baselines searches nothing, and a space without costs has no forecast`()
        throws
    {
        let forecast = try StudyForecast(of: try Examples.native(trials: 4))
        #expect(
            forecast.baselines.count == 4 && forecast.drawn.isEmpty && forecast.budget.searchedTrials == 0)
        #expect(throws: InputError.self) { try StudyForecast(of: Examples.zdt1()) }
    }

    @Test(arguments: [200, 20_000, 2_000_000])
    func `calibration takes a few seconds, however large the splits are`(examples: Int) throws {
        var study = try Examples.native(trials: 20)
        for key in [\DataFacts.trainExamples, \.validationExamples] { study.data?[keyPath: key] = examples }
        for key in [\DataFacts.trainTokens, \.validationTokens] { study.data?[keyPath: key] = 20 * examples }
        study.data?.squaredTokens = 500 * examples
        let forecast = try StudyForecast(of: study)
        let (run, work) = (forecast.calibrationRun, forecast.baselines[0].work)
        let validationShare = Double(run.validationExamples) / Double(examples)
        #expect(run.configuration == forecast.baselines[0].configuration)
        #expect(run.trainingShare > 0 && run.trainingShare * work.training <= 1.5e12)
        #expect(validationShare <= 1 && validationShare * work.evaluation <= 0.75e12)
        // Enough to be measured, in whole batches.
        #expect(run.trainingShare * work.training > 1e12)
        #expect(run.validationExamples == 200 || validationShare * work.evaluation > 0.6e12)
        #expect(run.validationExamples == 200 || run.validationExamples % 32 == 0)
    }

    @Test func `a step and a batch are run where even they are long`() throws {
        var study = try Examples.native(trials: 20)
        study.data?.trainTokens = 1000 * 100_000
        study.data?.validationTokens = 200 * 100_000
        let run = try StudyForecast(of: study).calibrationRun
        #expect(run.validationExamples == 32)
        #expect(run.trainingShare == 1 / Double((1000 + 31) / 32 * run.configuration.training.epochs))
    }

    @Test func `a budget is useful when something is compared with something`() throws {
        func budget(_ study: Study) -> SearchBudget { SearchBudget(of: study) }
        let native = [6, 7].map { trials in Result { budget(try Examples.native(trials: trials)) } }
        #expect(try native.map { try $0.get().isUseful } == [false, true])
        #expect(try native.map { try $0.get().searchedTrials } == [0, 1])
        #expect(try native[0].get().suggestedTrials == 12)
        let literal = [1, 2].map { budget(Examples.zdt1(trials: $0)) }
        #expect(literal.map(\.isUseful) == [false, true] && literal.map(\.searchedTrials) == [1, 2])
        #expect(literal[0].suggestedTrials == 2 && literal[0].baselineCount == 0)
    }

    @Test func `the size of a space counts what is finite and names what is not`() {
        let size = SpaceSize(
            of: SearchSpace(
                meaning: .literal,
                parameters: [
                    Parameter(name: "a", domain: .integer(lower: 1, upper: 10, scale: .linear)),
                    Parameter(name: "b", domain: .choice(["x", "y"])),
                    Parameter(name: "c", domain: .levels([0, 1, 2, 4, 8])),
                    Parameter(name: "d", domain: .real(lower: 0, upper: 1, scale: .linear)),
                ]))
        #expect(size.parameters == 4 && size.continuous == 1 && abs(size.logarithm - 2) < 1e-12)
    }
}
