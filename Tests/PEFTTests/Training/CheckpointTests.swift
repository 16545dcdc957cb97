import Experiments
import LinearAlgebra
import PEFT
import Testing

@Suite struct CheckpointTests {
    private let folder = try! TemporaryFolder()
    private var path: String { "\(folder.path)/checkpoint.safetensors" }

    /// One case of each method that this family trains on classes.
    private static let names = GoldenCase.names.filter { name in
        guard !name.contains("/"), let golden = try? GoldenCase(name), golden.record["task"] == nil else {
            return false
        }
        return golden.configuration.components.allSatisfy { $0.method != "fusion" }
    }

    private static func trainer(_ name: String) throws -> (Trainer, Transformer) {
        var configuration = try GoldenCase(name).configuration
        configuration.training = TrainingSettings(learningRate: 0.01, epochs: 3, batchSize: 4)
        let network = try TinyBERT.network(configuration)
        let split = TinyBERT.split(14)
        return (
            Trainer(
                network, on: .tokens(split), targets: split.targets, settings: configuration.training,
                studySeed: 4, trialSeed: 9, products: OpenBLASProducts()), network
        )
    }

    @Test(arguments: names)
    func `a run that stops twice and goes on from its file gives the bits of one that never stopped`(
        name: String
    ) throws {
        var (direct, whole) = try Self.trainer(name)
        #expect(direct.steps == 12)
        try direct.run()
        for stop in [5, 9] {
            var (trainer, network) = try Self.trainer(name)
            if stop == 9 { try #require(resume(&trainer)) }
            try trainer.run(steps: stop)
            _ = try Evaluation(
                of: network, on: .tokens(TinyBERT.split(6)), targets: TinyBERT.split(6).targets)
            try trainer.checkpoint.write(to: path, identity: "this run")
        }
        var (last, network) = try Self.trainer(name)
        try #require(resume(&last))
        #expect(last.stepsDone == 9)
        try last.run()
        #expect(last.trace == direct.trace && direct.trace.steps == 12)
        for (resumed, straight) in zip(network.trainedTensors, whole.trainedTensors) {
            #expect(resumed.value.isIdentical(to: straight.value), "\(resumed.name)")
        }
    }

    private func resume(_ trainer: inout Trainer) -> Bool {
        TrainingCheckpoint(path: path, identity: "this run").map { trainer.resume(from: $0, upTo: 12) }
            ?? false
    }

    @Test func `nobody goes on from another run's checkpoint, a damaged one, or one beyond the rung`() throws
    {
        var (trainer, _) = try Self.trainer("adalora")
        try trainer.run(steps: 6)
        try trainer.checkpoint.write(to: path, identity: "this run")
        #expect(TrainingCheckpoint(path: path, identity: "another") == nil)
        #expect(TrainingCheckpoint(path: path + ".none", identity: "this run") == nil)
        let checkpoint = try #require(TrainingCheckpoint(path: path, identity: "this run"))
        var (short, _) = try Self.trainer("adalora")
        let isTooFar = !short.resume(from: checkpoint, upTo: 5)
        var (other, _) = try Self.trainer("bitfit")
        let isForeign = !other.resume(from: checkpoint, upTo: 12)
        #expect(isTooFar && isForeign)
        let whole = try readFile(path)
        for length in stride(from: 0, to: whole.count, by: 1 + whole.count / 40) {
            _ = try folder.write("checkpoint.safetensors", whole.prefix(length))
            #expect(TrainingCheckpoint(path: path, identity: "this run") == nil, "\(length)")
        }
    }

    @Test func `rungs on one engine or on three, with or without the checkpoint, end in the same bytes`()
        throws
    {
        let example = try EngineExample()
        var study = example.study
        let direct = try example.train(on: example.engine(data: "direct"))
        study.search.rungs = [0.2, 0.5, 1]
        for keeps in [true, false] {
            var results: [TrialResult] = []
            var reports: [Int] = []
            for rung in 0..<3 {
                let engine = example.engine(data: "rung \(rung)")
                results.append(
                    try engine.train(
                        NativeEngine.Assignment(
                            study: study, seed: 3, configuration: EngineExample.configuration,
                            budget: study.search.rungs[rung], checkpointPath: keeps ? path : nil,
                            isIntermediate: rung < 2),
                        report: { reports.append($0.step) }, exclusively: { try $0() }))
            }
            #expect(results[2].artifact == direct.artifact)
            #expect(results[2].trace == direct.trace && results.map { $0.trace?.steps } == [3, 6, 12])
            #expect(results[2].measurements == direct.measurements)
            #expect(results.prefix(2).allSatisfy { $0.artifact == nil && $0.value("latency_ms") == nil })
            #expect(results.prefix(2).allSatisfy { $0.value("accuracy") != nil })
            // Of 12 steps.
            let steps = keeps ? Array(1...12) : Array(1...3) + Array(1...6) + Array(1...12)
            #expect(reports == steps)
        }
    }
}
