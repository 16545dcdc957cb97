public import Experiments
import LinearAlgebra

/// Trains and measures native configurations, one after the other, on one
/// thread.
///
/// Keeps the last model and task it used, so the next trial of a study starts
/// at once. Used by one thread at a time.
public final class NativeEngine {
    /// Raised whenever equal inputs may give other bytes than before.
    public static let version = 5

    /// What suits this machine: bf16 where the CPU has instructions for it
    /// (docs/decisions/0007).
    public static var defaultNumerics: Numerics {
        OneDNNProducts(.bf16) == nil ? .float32 : .bf16
    }

    let meter: any ResourceMeter
    private let artifacts: ArtifactStore
    private let states: HiddenStateStore
    /// Where configurations' adapters are looked for by their artifacts' hash.
    private let artifactFolders: [String]
    let instructionSet: String
    var libraries: [Numerics: any ProductLibrary] = [:]
    private var loaded: LoadedStudy?
    /// Of the last assignment.
    public private(set) var startUp: StartUpProfile

    /// - Parameters:
    ///   - instructionSet: of this machine: `x86_64-avx512`.
    ///   - artifactFolder: where trained tensors are kept by their hash.
    ///   - finishedFolder: where trained tensors of finished trials lie that
    ///     configurations name; nil for the same.
    ///   - statesFolder: where hidden states are kept until their room is
    ///     needed.
    public init(
        meter: any ResourceMeter, instructionSet: String, artifactFolder: String,
        finishedFolder: String? = nil, statesFolder: String
    ) {
        self.meter = meter
        startUp = StartUpProfile(meter)
        self.instructionSet = instructionSet
        artifacts = ArtifactStore(folder: artifactFolder)
        states = HiddenStateStore(folder: statesFolder)
        artifactFolders = [finishedFolder ?? artifactFolder]
        BLAS.setThreads(1)
    }

    /// One unit of work.
    public struct Assignment: Sendable {
        public var study: Study
        public var seed: UInt64
        public var configuration: Configuration
        /// SHA-256 of the trained tensors, if they exist.
        public var artifact: String?
        /// What the tensors of a derived trial follow from; nil for one that
        /// trains.
        public var origin: TensorOrigin?
        /// The share of its steps that are run, in (0, 1]; the schedule is that
        /// of all.
        public var budget: Double
        /// The most validation examples that are looked at, spread over the
        /// split; nil is all of them, as a trial has it.
        public var validationLimit: Int?
        /// Where training stands between two rungs; nil keeps nothing.
        public var checkpointPath: String?
        /// Whether more steps follow if the trial is promoted: only what
        /// decides about that is measured, and a checkpoint is left.
        public var isIntermediate: Bool

        public init(
            study: Study, seed: UInt64, configuration: Configuration, artifact: String? = nil,
            origin: TensorOrigin? = nil, budget: Double = 1, validationLimit: Int? = nil,
            checkpointPath: String? = nil,
            isIntermediate: Bool = false
        ) {
            self.checkpointPath = checkpointPath
            self.isIntermediate = isIntermediate
            self.study = study
            self.seed = seed
            self.configuration = configuration
            self.artifact = artifact
            self.origin = origin
            self.budget = budget
            self.validationLimit = validationLimit
        }
    }

    /// Trains and measures on the validation split; keeps the trained tensors.
    ///
    /// - Parameters:
    ///   - report: told the loss about once a percent of the steps.
    ///   - exclusively: runs its argument while this machine's other slots
    ///     pause; latency is measured in it.
    /// - Throws: `TrialFailure`.
    public func train(
        _ assignment: Assignment, report: (Report) -> Void,
        exclusively: (() throws -> Void) throws -> Void
    ) throws -> TrialResult {
        let (study, products, network, source) = try begin(assignment)
        let validation = try validation(of: assignment, for: network, in: study)
        startUp.end(.states)
        meter.resetPeakMemory()
        let (trainSeconds, trace) = try train(
            network, assignment, on: source, in: study, by: products, report: report)
        let trained = meter.threadSeconds()
        // What the way back needed is not held through the evaluation.
        Matrix.releaseUnusedMemory()
        study.base.releasePages()
        let evaluation = try evaluate(network, on: validation.source, targets: validation.targets)
        guard evaluation.loss.isFinite else {
            throw TrialFailure(.diverged, "the validation loss is not finite")
        }
        let isLast = !assignment.isIntermediate
        let atRanks = isLast ? try qualityAtRanks(of: network, on: validation, in: study) : [:]
        let validated = meter.threadSeconds()
        let peak = meter.peakMemoryBytes()
        var latency: Double?
        if isLast {
            try exclusively {
                latency = Latency(of: network, on: study.task.validation, meter: meter).milliseconds
            }
        }
        try checkUnchanged(study)
        let artifact = isLast ? try store(network) : nil
        return TrialResult(
            measurements: NativeMeasurements(
                costs: study.costs, configuration: assignment.configuration,
                quality: study.quality(of: evaluation, targets: validation.targets), qualityAtRanks: atRanks,
                examples: validation.targets.count,
                trainSeconds: trainSeconds, validationSeconds: validated - trained, peakMemory: peak,
                latency: latency, constraints: assignment.study.constraints
            ).all,
            computeClass: computeClass(of: assignment.study, products), artifact: artifact,
            derived: isLast
                ? try derived(
                    from: network, assignment, on: validation, in: study, exclusively: exclusively) : [],
            trace: trace)
    }

    /// Starts an assignment on this engine, as it is, and runs its first two
    /// steps.
    ///
    /// - Returns: what of it took how long.
    /// - Throws: `TrialFailure`.
    public func start(_ assignment: Assignment) throws -> StartUpProfile {
        let (study, products, network, source) = try begin(assignment)
        startUp.end(.states)
        _ = try train(network, assignment, on: source, in: study, by: products, limit: 2) { _ in }
        return startUp
    }

    /// Whoever comes first makes the hidden states: that time is not the
    /// trial's.
    func begin(
        _ assignment: Assignment
    ) throws -> (LoadedStudy, any ProductLibrary, Transformer, BatchSource) {
        startUp = StartUpProfile(meter)
        let study = try load(assignment.study)
        Matrix.releaseUnusedMemory()
        let products = try products(for: assignment.study)
        products.forgetCode()
        let network = try network(for: assignment, in: study)
        startUp.end(.network)
        let source = try source(study.task.train, "train", for: network, in: study, by: products)
        return (study, products, network, source)
    }

    /// Measures a finished trial on the test split, making its tensors again
    /// when they are not here or are damaged. Tensors that then differ from the
    /// record's, as another compute class may give, make the numbers observed.
    /// - Throws: `TrialFailure`.
    public func test(_ assignment: Assignment, report: (Report) -> Void) throws -> TrialResult {
        startUp = StartUpProfile(meter)
        let study = try load(assignment.study)
        guard let split = study.task.test else {
            throw TrialFailure(.invalid, "the task has no test split")
        }
        let products = try products(for: assignment.study)
        let computeClass = computeClass(of: assignment.study, products)
        let network = try network(for: assignment, in: study)
        let isRecorded = try restore(network, assignment, in: study, by: products, report: report)
        let evaluation = try evaluate(
            network, on: try evaluationSource(split, "test", for: network, in: study), targets: split.targets)
        try checkUnchanged(study)
        let kind: Measurement.Kind = isRecorded ? .deterministic : .observed
        let note = isRecorded ? "" : ", made again on \(computeClass) with other tensors than the record's"
        let quality = QualityMeasurements(
            study.quality(of: evaluation, targets: split.targets),
            split: "float32, once, on \(split.count) examples of the test split" + note)
        return TrialResult(
            measurements: quality.named(prefix: "test_", kind), computeClass: computeClass,
            artifact: assignment.artifact)
    }

    /// The weights lie in their files: what was computed counts only if nobody
    /// has written to those meanwhile.
    private func checkUnchanged(_ study: LoadedStudy) throws(TrialFailure) {
        guard study.base.isUnchanged else {
            throw TrialFailure(.crashed, "the model's files were written to during the trial")
        }
    }

    /// A full disk says nothing of the configuration: that attempt crashed.
    func store(_ network: Transformer) throws -> String {
        do {
            return try artifacts.store(network.trainedTensors)
        } catch {
            throw TrialFailure(.crashed, "the trained tensors cannot be kept: \(error)")
        }
    }

    /// The trained tensors of an artifact that is here and undamaged.
    func stored(_ artifact: String?) -> [String: Matrix]? {
        artifact.flatMap { try? artifacts.load($0) }
    }

    private func load(_ study: Study) throws -> LoadedStudy {
        if let loaded, loaded.fits(study) { return loaded }
        do {
            let fresh = try LoadedStudy(
                study, reusing: loaded, keptIn: states.folder, artifactFolders: artifactFolders,
                profile: &startUp)
            loaded = fresh
            return fresh
        } catch {
            // The study was checked where it was made: what is wrong is wrong on this machine.
            throw TrialFailure(.crashed, error.description)
        }
    }

    func evaluate(
        _ network: Transformer, on source: BatchSource, targets: Targets
    ) throws -> Evaluation {
        do {
            return try Evaluation(of: network, on: source, targets: targets)
        } catch {
            throw TrialFailure(.crashed, "the kept hidden states cannot be read: \(error.reason)")
        }
    }

    /// The main metric at each lower rank at which the network works by itself.
    private func qualityAtRanks(
        of network: Transformer, on validation: (source: BatchSource, targets: Targets), in study: LoadedStudy
    ) throws -> [Int: Double] {
        var qualities: [Int: Double] = [:]
        let metric = study.task.kind.mainMetric
        for rank in network.measurableRanks {
            network.restrict(toRank: rank)
            let evaluation = try evaluate(network, on: validation.source, targets: validation.targets)
            qualities[rank] = study.quality(of: evaluation, targets: validation.targets).values[metric]
        }
        network.restrict(toRank: nil)
        return qualities
    }

    func validation(
        of assignment: Assignment, for network: Transformer, in study: LoadedStudy
    ) throws -> (source: BatchSource, targets: Targets) {
        let split = study.task.validation
        let source = try evaluationSource(split, "validation", for: network, in: study)
        guard let limit = assignment.validationLimit, limit < split.count else {
            return (source, split.targets)
        }
        let chosen = split.spread(limit)
        return (.selection(chosen, of: source), split.targets.selecting(chosen))
    }

    /// What enters the front is measured in float32.
    private func evaluationSource(
        _ split: EncodedSplit, _ name: String, for network: Transformer, in study: LoadedStudy
    ) throws -> BatchSource {
        try source(split, name, for: network, in: study, by: OpenBLASProducts())
    }

    func source(
        _ split: EncodedSplit, _ name: String, for network: Transformer, in study: LoadedStudy,
        by products: any ProductLibrary
    ) throws -> BatchSource {
        let key: JSON = [
            "study": study.statesKey, "split": .string(name), "engine": .integer(Self.version),
            "instruction_set": .string(instructionSet), "products": .string(products.description),
            "operands": .string(products.operandType.rawValue),
        ]
        do {
            // Kept states would outlive a trial that computed them from other weights.
            return try states.source(split, key: key, for: network, by: products) {
                study.base.isUnchanged
            }
        } catch {
            throw TrialFailure(.crashed, "the hidden states of the frozen layers cannot be kept: \(error)")
        }
    }

    func network(for assignment: Assignment, in study: LoadedStudy) throws -> Transformer {
        do {
            try assignment.configuration.check(
                against: study.base.shape, maximumLength: assignment.study.task?.maximumLength)
            return try study.network(assignment.configuration, seed: assignment.seed)
        } catch {
            throw TrialFailure(.invalid, error.description)
        }
    }

    /// - Returns: CPU seconds and trace of all steps, those of earlier rungs
    ///   included.
    func train(
        _ network: Transformer, _ assignment: Assignment, on source: BatchSource, in study: LoadedStudy,
        by products: any ProductLibrary, limit: Int = .max, report: (Report) -> Void
    ) throws -> (seconds: Double, trace: TrainingTrace) {
        let start = meter.threadSeconds()
        var trainer = Trainer(
            network, on: source, targets: study.task.trainingTargets,
            settings: assignment.configuration.training, studySeed: assignment.study.seed,
            trialSeed: assignment.seed, products: products)
        let total = min(limit, max(1, Int((assignment.budget * Double(trainer.steps)).rounded(.up))))
        let before = try resume(&trainer, assignment, upTo: total, by: products)
        let interval = max(1, total / 100)
        var smoothed = 0.0
        try trainer.run(steps: total) { step, loss in
            if step <= 2 { startUp.end(step == 1 ? .firstStep : .secondStep) }
            // By now products have packed what they read; what they have not comes back.
            if step == 1 { study.base.releasePages() }
            smoothed = step == 1 ? loss : 0.95 * smoothed + 0.05 * loss
            if step % interval == 0 || step == total {
                report(Report(step: step, metrics: ["loss": smoothed, "steps": Double(total)]))
            }
        }
        let seconds = before + meter.threadSeconds() - start
        if assignment.isIntermediate { try keep(trainer.checkpoint, after: seconds, assignment, products) }
        if let scale = study.task.labelScale { network.rescaleOutput(to: scale) }
        return (seconds, trainer.trace)
    }
}
