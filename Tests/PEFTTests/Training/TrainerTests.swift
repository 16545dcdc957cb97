import Experiments
import LinearAlgebra
import PEFT
import Testing

@Suite struct TrainerTests {
    /// With dropout at both places.
    static let configuration = Configuration(
        components: [
            .lora(
                LoRA(
                    ranks: [Site(layer: 1, projection: .query): 2, Site(layer: 2, projection: .value): 4],
                    dropout: 0.3)),
            .bottleneck(Bottleneck(site: .serialFeedForward, widths: [2: 3])), .bias(BiasTuning()),
        ], head: HeadSettings(dropout: 0.3),
        training: TrainingSettings(learningRate: 0.01, epochs: 1, batchSize: 4))

    static func trained(
        _ configuration: Configuration = configuration, studySeed: UInt64 = 4, trialSeed: UInt64 = 9,
        initial: UInt64 = 1
    ) throws -> [Matrix] {
        let network = try TinyBERT.network(configuration, seed: initial)
        var trainer = Trainer(
            network, on: .tokens(TinyBERT.split(20)), targets: TinyBERT.split(20).targets,
            settings: configuration.training, studySeed: studySeed, trialSeed: trialSeed,
            products: OpenBLASProducts())
        var losses: [Double] = []
        try trainer.run { step, loss in
            losses.append(loss)
            #expect(step == losses.count && loss.isFinite)
        }
        #expect(losses.count == 5 && trainer.steps == 5)
        return network.trainedTensors.map(\.value)
    }

    static func areIdentical(_ a: [Matrix], _ b: [Matrix]) -> Bool {
        zip(a, b).allSatisfy { $0.isIdentical(to: $1) }
    }

    @Test func `equal seeds give equal bits after five steps, any other seed gives others`() throws {
        let once = try Self.trained()
        #expect(Self.areIdentical(once, try Self.trained()))
        #expect(!Self.areIdentical(once, try Self.trained(studySeed: 5)))
        #expect(!Self.areIdentical(once, try Self.trained(trialSeed: 10)))
        #expect(!Self.areIdentical(once, try Self.trained(initial: 2)))
    }

    @Test func `without dropout the trial's seed has nothing to decide after the start`() throws {
        let configuration = ConfigurationCase.all[3].configuration
        #expect(
            Self.areIdentical(
                try Self.trained(configuration, trialSeed: 1), try Self.trained(configuration, trialSeed: 2)))
    }

    @Test func `dropout acts in training alone`() throws {
        let batch = TokenBatch(TinyBERT.sequences(6))
        let labels = [0, 1, 2, 0, 1, 2]
        let network = try TinyBERT.network(Self.configuration)
        network.shake(deviation: 0.1, seed: 1)
        let evaluated = network.logits(of: batch)
        #expect(evaluated.isIdentical(to: network.logits(of: batch)))
        #expect(!network.lossAndGradients(batch, labels: labels).logits.isIdentical(to: evaluated))
        let quiet = try TinyBERT.network(ConfigurationCase.all[3].configuration)
        quiet.shake(deviation: 0.1, seed: 1)
        #expect(quiet.lossAndGradients(batch, labels: labels).logits.isIdentical(to: quiet.logits(of: batch)))
    }

    @Test func `training lowers the loss`() throws {
        let settings = TrainingSettings(learningRate: 0.02, epochs: 30, batchSize: 5, schedule: .constant)
        let configuration = Configuration(
            components: [.lora(LoRA(ranks: ConfigurationCase.allRanks))], head: HeadSettings(dropout: 0),
            training: settings)
        let network = try TinyBERT.network(configuration)
        let split = TinyBERT.split(20)
        let before = try Evaluation(of: network, on: .tokens(split), targets: split.targets).loss
        var trainer = Trainer(
            network, on: .tokens(split), targets: split.targets, settings: settings, studySeed: 4,
            trialSeed: 9, products: OpenBLASProducts())
        try trainer.run()
        let after = try Evaluation(of: network, on: .tokens(split), targets: split.targets).loss
        #expect(after < before / 2, "from \(before) to \(after)")
    }

    @Test func `the last batch may be smaller`() throws {
        let settings = TrainingSettings(epochs: 2, batchSize: 8)
        var trainer = Trainer(
            try TinyBERT.network(Configuration()), on: .tokens(TinyBERT.split(20)),
            targets: TinyBERT.split(20).targets, settings: settings, studySeed: 4, trialSeed: 9,
            products: OpenBLASProducts())
        var steps = 0
        try trainer.run { step, _ in steps = step }
        #expect(steps == 6 && trainer.steps == 6)
    }

    /// With decay a rate of 10^6 multiplies weights by -10^4 a step.
    @Test(arguments: [1e6, 1e30, .nan, .infinity])
    func `a rate that blows up is a trial that diverged`(rate: Double) throws {
        let settings = TrainingSettings(
            learningRate: rate, epochs: 20, batchSize: 4, warmup: 0, schedule: .constant)
        for configuration in [Self.configuration, ConfigurationCase.all[10].configuration] {
            let network = try TinyBERT.network(configuration)
            var trainer = Trainer(
                network, on: .tokens(TinyBERT.split(20)), targets: TinyBERT.split(20).targets,
                settings: settings, studySeed: 4, trialSeed: 9, products: OpenBLASProducts())
            let failure = try #require(throws: TrialFailure.self) { try trainer.run() }
            #expect(failure.reason == .diverged && failure.reason.isFinal)
            #expect(failure.detail.hasSuffix(" of 100 is not finite"), "\(failure.detail)")
        }
    }

    @Test func `unfrozen tensors take steps of their scale`() throws {
        func largestStep(_ scale: Double) throws -> Double {
            let component = Component.unfreeze(Unfreezing(layers: [2], learningRateScale: scale))
            let network = try TinyBERT.network(
                Configuration(components: [component], head: HeadSettings(dropout: 0)))
            let start = network.trainedTensors
            let settings = TrainingSettings(learningRate: 0.01, weightDecay: 0)
            network.takeSteps(
                1, on: TokenBatch(TinyBERT.sequences(3)), labels: [0, 1, 2], settings: settings)
            return zip(start, network.trainedTensors).filter { $0.0.name.hasPrefix("encoder.layer.2") }
                .reduce(0) { max($0, difference($1.0.value, $1.1.value)) }
        }
        // The first step of AdamW is the rate.
        let (whole, tenth) = (try largestStep(1), try largestStep(0.1))
        #expect(abs(whole - 0.01) < 1e-5 && abs(tenth - 0.001) < 1e-6, "\(whole), \(tenth)")
    }
}
