public import Experiments
import LinearAlgebra

/// Where the time of training goes, on one thread.
public struct TrainingProfile: Sendable {
    /// One kind of work.
    public struct Part: Sendable, Hashable {
        public var name: String
        public var calls: Int
        public var seconds: Double
        /// Floating-point operations, a multiply-add as two; 0 where it is
        /// none of products.
        public var operations: Double
    }

    /// By time, the longest first; the last is everything else.
    public let parts: [Part]
    /// Of all steps.
    public let seconds: Double
    public let examples: Int
    /// What large products reach alone, in operations a second.
    public let productRate: Double

    /// Trains the first steps of a configuration, once to have all code made
    /// and once to measure.
    ///
    /// - Parameter statesFolder: where hidden states below the lowest trained
    ///   block are kept, to train from as a trial does; nil to begin with the
    ///   tokens in every step.
    /// - Throws: `TrialFailure`, or what is wrong with the study's files.
    public init(
        of configuration: Configuration, in study: Study, seed: UInt64, steps: Int,
        statesFolder: String? = nil, meter: any ResourceMeter
    ) throws {
        guard case .native(_, let numerics) = study.engine,
            let library = OneDNNProducts(numerics)
        else {
            throw TrialFailure(.invalid, "this machine has no products for the study")
        }
        var startUp = StartUpProfile(meter)
        let loaded = try LoadedStudy(study, reusing: nil, keptIn: nil, profile: &startUp)
        let split = loaded.task.train
        var profiled = ProfiledProducts(library) { meter.threadSeconds() }
        var seconds = 0.0
        func source(_ split: EncodedSplit, for network: Transformer) throws -> BatchSource {
            guard let statesFolder else { return .tokens(split) }
            return try HiddenStateStore(folder: statesFolder).source(
                split,
                key: [
                    "profile": loaded.statesKey, "products": .string(library.description),
                    "engine": .integer(NativeEngine.version),
                ],
                for: network, by: library)
        }
        for _ in 0..<2 {
            profiled = ProfiledProducts(library) { meter.threadSeconds() }
            let network = try loaded.network(configuration, seed: seed)
            var trainer = Trainer(
                network, on: try source(split, for: network), targets: loaded.task.trainingTargets,
                settings: configuration.training,
                studySeed: study.seed, trialSeed: seed, products: profiled)
            let start = meter.threadSeconds()
            try trainer.run(steps: steps)
            seconds = meter.threadSeconds() - start
        }
        self.seconds = seconds
        examples = min(steps * configuration.training.batchSize, split.count * configuration.training.epochs)
        var parts = profiled.times.map { name, time in
            Part(name: name, calls: time.calls, seconds: time.seconds, operations: time.operations)
        }.sorted { ($0.seconds, $0.name) > ($1.seconds, $1.name) }
        let rest = seconds - parts.reduce(0) { $0 + $1.seconds }
        parts.append(Part(name: "everything else", calls: 0, seconds: rest, operations: 0))
        self.parts = parts
        productRate = Self.productRate(library, seconds: 0.5, meter: meter)
    }

    /// Operations a second of (1024, 384)·(384, 1536) with a packed factor, on
    /// this thread: the limit of `numerics` here.
    /// - Returns: nil where this machine has no such products.
    public static func productRate(
        _ numerics: Numerics, seconds: Double, meter: any ResourceMeter
    ) -> Double? {
        guard let library = OneDNNProducts(numerics) else { return nil }
        return productRate(library, seconds: seconds, meter: meter)
    }

    private static func productRate(
        _ library: any ProductLibrary, seconds: Double, meter: any ResourceMeter
    ) -> Double {
        let x = library.operand(Matrix(rows: 1024, columns: 384))
        let weight = PreparedFactor(
            Matrix(rows: 1536, columns: 384), isTransposed: true, isFrozen: true, by: library)
        var rates: [Double] = []
        let end = meter.threadSeconds() + seconds
        repeat {
            let start = meter.threadSeconds()
            for _ in 0..<10 {
                var y: Operand?
                library.add([ProductTerm(x, weight)], to: &y, as: library.operandType)
            }
            rates.append(10 * 2 * 1024 * 384 * 1536 / (meter.threadSeconds() - start))
        } while meter.threadSeconds() < end
        return rates.sorted()[rates.count / 2]
    }
}
