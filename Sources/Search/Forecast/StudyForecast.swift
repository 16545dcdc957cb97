public import Experiments

/// What a study would run, and how much work that is: computed before
/// anything is spent, the same on every machine.
public struct StudyForecast: Sendable {
    /// A trial as far as it is known now.
    public struct Trial: Sendable, Hashable {
        /// Nil for one that the strategy draws.
        public var label: String?
        /// What it trains.
        public var configuration: Configuration
        /// How much work it is.
        public var work: TrialWork
    }

    /// What the number of trials buys.
    public let budget: SearchBudget
    /// The first trials of the study, whatever comes out of them.
    public let baselines: [Trial]
    /// What the strategy proposes before it has seen a result; later proposals
    /// are taken to cost as much.
    public let drawn: [Trial]
    /// Of all frozen layers' canonical passes that these trials need.
    public let statesWork: Double
    /// Bytes of the hidden states that they keep.
    private let statesBytes: Double
    private let costs: Costs
    private let numerics: Numerics
    /// The most configurations that are derived from a whole trial.
    private let derived: Double

    private static let mostDrawn = 64

    /// - Throws: when the study's costs are not known before it runs.
    public init(of study: Study) throws(InputError) {
        guard let costs = Costs(of: study), case .native(_, let numerics) = study.engine,
            let shape = study.model?.shape
        else {
            throw InputError(
                "study \(study.name)", reason: "costs are known beforehand for the native engine alone")
        }
        self.costs = costs
        self.numerics = numerics
        budget = SearchBudget(of: study)
        derived = Double(study.search.derived)
        func trial(_ label: String?, _ configuration: Configuration) -> Trial {
            Trial(
                label: label, configuration: configuration,
                work: costs.work(of: configuration, numerics: numerics))
        }
        baselines = Baselines(for: study.space, shape: shape).all.prefix(study.search.trials).map {
            trial($0.label, $0.configuration)
        }
        let strategy = try StrategyRegistry.strategy(of: study.search)
        var drawn: [Trial] = []
        var proposed = Set(baselines.map(\.configuration.json.canonicalText))
        while drawn.count < min(Self.mostDrawn, budget.searchedTrials) {
            let context = ProposalContext(
                seed: study.seed, number: baselines.count + drawn.count, space: study.space,
                objectives: study.objectives, constraints: study.constraints, costs: costs, proposed: proposed
            )
            guard let proposal = try strategy.propose(context) else { break }
            proposed.insert(proposal.configuration.canonicalText)
            drawn.append(trial(nil, try Configuration(json: proposal.configuration)))
        }
        self.drawn = drawn
        let layers = Set(
            (baselines + drawn).map {
                Costs.lowestChangedLayer(of: $0.configuration, layers: shape.layers)
            })
        statesWork = layers.sorted().reduce(0) { $0 + costs.statesWork(below: $1, numerics: numerics) }
        statesBytes = min(
            layers.sorted().reduce(0) { $0 + costs.statesBytes(below: $1) }, Double(KeptStates.budget))
    }

    /// What to run of the first baseline to measure a machine.
    public var calibrationRun: CalibrationRun { CalibrationRun(of: baselines[0], data: costs.data) }

    /// Bytes of hidden states and trained tensors on the disk in the end; what
    /// is derived is taken to be half as large as what it follows from.
    public var diskBytes: Double {
        let known = baselines + drawn
        let tensors = known.reduce(0) { $0 + Double(costs.adapterBytes(of: $1.configuration)) }
        return statesBytes + (1 + derived / 2) * tensors * Double(budget.trials)
            / Double(max(known.count, 1))
    }

    /// What a measured trial says about this machine.
    public struct Calibration: Sendable, Hashable {
        /// What was run.
        public var run: CalibrationRun
        public var trainSeconds: Double
        public var validationSeconds: Double
        public var latencySeconds: Double
        public var peakMemoryBytes: Double?

        /// A measured trial.
        public init(
            run: CalibrationRun, trainSeconds: Double, validationSeconds: Double, latencySeconds: Double,
            peakMemoryBytes: Double?
        ) {
            self.run = run
            self.trainSeconds = trainSeconds
            self.validationSeconds = validationSeconds
            self.latencySeconds = latencySeconds
            self.peakMemoryBytes = peakMemoryBytes
        }
    }

    /// A trial's cost on the calibrated machine.
    public struct Prediction: Sendable, Hashable {
        /// Of one slot.
        public var seconds: Double
        /// Nil where memory could not be measured.
        public var memoryBytes: Double?
    }

    /// A whole trial's seconds and memory: the pure model's, scaled by what was
    /// measured. With rungs it is measured at each.
    public func prediction(of trial: Trial, from calibration: Calibration) -> Prediction {
        func bytes(_ configuration: Configuration) -> Double {
            costs.trialBytes(of: configuration, numerics: numerics)
        }
        return Prediction(
            seconds: seconds(
                of: trial, training: 1, measuring: Double(budget.fidelities.shares.count), finishing: 1,
                from: calibration),
            memoryBytes: calibration.peakMemoryBytes.map {
                // A slot keeps packed weights and code from trial to trial, so a small one has its neighbours'.
                $0 + max(0, bytes(trial.configuration) - bytes(calibration.run.configuration))
            })
    }

    /// Of a share of a trial's training, of measuring it so often, and of what
    /// is derived when it finishes, with that probability.
    private func seconds(
        of trial: Trial, training share: Double, measuring times: Double, finishing probability: Double,
        from calibration: Calibration
    ) -> Double {
        let reference = costs.work(of: calibration.run.configuration, numerics: numerics)
        let validationShare =
            Double(calibration.run.validationExamples) / Double(costs.data.validationExamples)
        let evaluation = calibration.validationSeconds / (reference.evaluation * validationShare)
        let latency = calibration.latencySeconds * Costs.latencyPredictions / reference.latency
        return trial.work.training * share * trainingRate(calibration)
            + times * (trial.work.evaluation * evaluation + trial.work.latency * latency)
            + probability * derived * trial.work.evaluation * evaluation
    }

    /// CPU seconds of the whole study, the search on the strategy's first
    /// proposals' mean and on the promotions that are expected.
    public func seconds(from calibration: Calibration) -> Double {
        let (fixed, each) = shares(from: calibration)
        return fixed + each * Double(budget.searchedTrials)
    }

    /// How many trials the study's limits buy, baselines included, at most
    /// those of its budget; nil where it has none.
    /// - Parameter slots: how many train side by side.
    public func affordableTrials(
        within limits: SearchLimits, slots: Int, from calibration: Calibration
    ) -> Int? {
        let seconds = [
            limits.wallSeconds.map { $0 * Double(slots) }, limits.joules.map { $0 / limits.wattsPerSlot },
        ].compactMap { $0 }.min()
        guard let seconds else { return nil }
        let (fixed, each) = shares(from: calibration)
        let searched = each > 0 ? max(0, (seconds - fixed) / each) : 0
        let affordable = Double(baselines.count) + searched.rounded(.down)
        return affordable < Double(budget.trials) ? Int(affordable) : budget.trials
    }

    /// CPU seconds of baselines and hidden states, and of each searched trial.
    private func shares(from calibration: Calibration) -> (fixed: Double, each: Double) {
        let states = statesWork * trainingRate(calibration)
        let fidelities = budget.fidelities
        let measuring = fidelities.expectedArrivals.reduce(0, +)
        let first = baselines.reduce(0) { $0 + prediction(of: $1, from: calibration).seconds }
        let searched = drawn.reduce(0) {
            $0
                + seconds(
                    of: $1, training: fidelities.expectedCost, measuring: measuring,
                    finishing: fidelities.expectedArrivals.last ?? 1, from: calibration)
        }
        let mean = drawn.isEmpty ? 0 : searched / Double(drawn.count)
        return (states + first, mean)
    }

    /// Seconds of a unit of training's work.
    private func trainingRate(_ calibration: Calibration) -> Double {
        let run = calibration.run
        let work = costs.work(of: run.configuration, numerics: numerics).training * run.trainingShare
        return calibration.trainSeconds / work
    }
}
