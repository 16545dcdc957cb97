import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

@Suite struct NativeEngineTests {
    let example: EngineExample

    init() throws { example = try EngineExample() }

    @Test func `training gives every native measurement with its kind and how it was obtained`() throws {
        var reports: [Report] = []
        var pauses = 0
        let result = try example.engine().train(
            example.assignment(), report: { reports.append($0) },
            exclusively: {
                pauses += 1
                try $0()
            })
        #expect(result.measurements.map(\.name) == MeasurementName.native(for: .classification))
        for measurement in result.measurements {
            #expect(
                measurement.kind == MeasurementName.kind(of: measurement.name) && measurement.value.isFinite)
            #expect(!measurement.method.isEmpty, "\(measurement.name)")
        }
        let costs = try #require(Costs(of: example.study))
        let expected = Double(costs.trainableParameters(of: EngineExample.configuration))
        #expect(
            result.value("trainable_parameters") == expected && result.value("adapter_bytes") == 4 * expected)
        #expect(result.value("peak_memory_bytes") == Double(3 << 20) && result.value("latency_ms") == 0)
        #expect(pauses == 1)
        // 42 examples in batches of 8, twice.
        #expect(reports.map(\.step) == Array(1...12))
        #expect(reports.allSatisfy { $0.metrics["steps"] == 12 && $0.metrics["loss"]?.isFinite == true })
        let onednn = try #require(OneDNNProducts(.float32)).description
        #expect(
            result.computeClass
                == "native-\(NativeEngine.version)/float32/x86_64-avx512/\(onednn)+\(BLAS.description)")
    }

    @Test func `the artifact holds the trained tensors under its hash and nothing else is left`() throws {
        let result = try example.train(on: example.engine())
        let artifact = try #require(result.artifact)
        let path = example.path(of: artifact)
        #expect(try ContentHash.sha256(ofFile: path) == artifact)
        let names = try FileManager.default.contentsOfDirectory(
            atPath: "\(example.folder.path)/data/artifacts")
        #expect(names == ["\(artifact).safetensors"])
        let file = try SafetensorsFile(path: path)
        let total = try file.names.reduce(0) { try $0 + file.floats($1).count }
        #expect(Double(total) == result.value("trainable_parameters"))
    }

    @Test func `the same trial gives the same bytes, on a fresh engine and on a used one`() throws {
        let engine = example.engine()
        let once = try example.train(on: engine)
        let other = try example.train(on: engine, seed: 4)
        let again = try example.train(on: engine)
        let fresh = try example.train(on: example.engine(data: "other"))
        for repeated in [again, fresh] {
            #expect(repeated.artifact == once.artifact && repeated.measurements == once.measurements)
        }
        #expect(other.artifact != once.artifact)
    }

    @Test func `the test split is measured the same from the artifact as by training again`() throws {
        let artifact = try #require(try example.train(on: example.engine()).artifact)
        let assignment = example.assignment(artifact: artifact)
        var steps = 0
        let stored = try example.engine().test(assignment) { _ in steps += 1 }
        #expect(steps == 0)
        let retrained = try example.engine(data: "empty").test(assignment) { _ in steps += 1 }
        #expect(steps == 12)
        #expect(stored == retrained && stored.artifact == artifact)
        let names = TaskDefinition.Kind.classification.qualityMetrics.map { "test_\($0)" }
        #expect(stored.measurements.map(\.name) == names)
        #expect(
            stored.measurements.allSatisfy { $0.kind == .deterministic && $0.method.contains("20 examples") })
    }

    @Test func `a damaged artifact is trained again and mended`() throws {
        let engine = example.engine()
        let artifact = try #require(try example.train(on: engine).artifact)
        var bytes = try readFile(example.path(of: artifact))
        bytes[bytes.count - 1] ^= 1
        let undamaged = try engine.test(example.assignment(artifact: artifact)) { _ in }
        try Data(bytes).write(to: URL(fileURLWithPath: example.path(of: artifact)))
        let result = try engine.test(example.assignment(artifact: artifact)) { _ in }
        #expect(result == undamaged)
        #expect(try ContentHash.sha256(ofFile: example.path(of: artifact)) == artifact)
    }

    @Test func `an artifact of another configuration is refused`() throws {
        let engine = example.engine()
        var smaller = example.assignment()
        smaller.configuration.components.removeLast()
        let artifact = try engine.train(smaller, report: { _ in }, exclusively: { try $0() }).artifact
        let failure = try #require(throws: TrialFailure.self) {
            try engine.test(example.assignment(artifact: artifact)) { _ in }
        }
        #expect(failure.reason == .invalid && failure.detail.contains("does not fit the configuration"))
    }

    @Test func `a data file that changed is refused with both hashes`() throws {
        let train = try #require(example.study.task?.train)
        let recorded = try #require(train.sha256)
        let text = try readFile(train.path) + Array("a cat\tcat\n".utf8)
        try Data(text).write(to: URL(fileURLWithPath: train.path))
        let found = try ContentHash.sha256(ofFile: train.path)
        let failure = try #require(throws: TrialFailure.self) { try example.train(on: example.engine()) }
        #expect(failure.reason == .crashed && failure.detail.contains(train.path))
        #expect(failure.detail.contains(recorded) && failure.detail.contains(found), "\(failure.detail)")
    }

    @Test func `a model file that is not the recorded one is refused with both hashes`() throws {
        var assignment = example.assignment()
        let recorded = String(repeating: "0", count: 64)
        let found = try #require(assignment.study.model?.files["config.json"])
        assignment.study.model?.files["config.json"] = recorded
        let failure = try #require(throws: TrialFailure.self) {
            try example.engine().train(assignment, report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.reason == .crashed)
        #expect(failure.detail.contains(recorded) && failure.detail.contains(found))
    }

    @Test func `a study that another version of the engine resolved is not trained`() throws {
        var assignment = example.assignment()
        assignment.study.engine = .native(version: NativeEngine.version + 1, numerics: .float32)
        let failure = try #require(throws: TrialFailure.self) {
            try example.engine().train(assignment, report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.reason == .crashed)
        #expect(
            failure.detail
                == "the study was resolved by native-\(NativeEngine.version + 1), "
                + "this engine is native-\(NativeEngine.version)")
    }

    @Test(arguments: [1, 7, 18, 100])
    func `a limit measures so many examples, and one above the split all of them`(limit: Int) throws {
        let engine = example.engine()
        let whole = try engine.train(example.assignment(), report: { _ in }, exclusively: { try $0() })
        var assignment = example.assignment()
        assignment.validationLimit = limit
        let part = try engine.train(assignment, report: { _ in }, exclusively: { try $0() })
        let method = try #require(part.measurements.first { $0.name == "loss" }?.method)
        #expect(method == "float32, on \(min(limit, 18)) examples of the validation split")
        #expect(
            part.artifact == whole.artifact && (part.value("loss") == whole.value("loss")) == (limit >= 18))
        let correct = try #require(part.value("accuracy")) * Double(min(limit, 18))
        #expect(abs(correct - correct.rounded()) < 1e-9)
    }

    /// The example's study on a copy of its model.
    private func onOwnModel() throws -> (assignment: NativeEngine.Assignment, weights: String) {
        let folder = "\(example.folder.path)/model"
        try FileManager.default.copyItem(atPath: fixture("golden/tiny-bert"), toPath: folder)
        var assignment = example.assignment()
        assignment.study.model?.path = folder
        return (assignment, "\(folder)/model.safetensors")
    }

    private func flipLastByte(of path: String) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        let end = try file.seekToEnd()
        try file.seek(toOffset: end - 1)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: end - 1)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
    }

    @Test func `weights that are written to between two trials are compared again`() throws {
        let (assignment, weights) = try onOwnModel()
        let engine = example.engine()
        _ = try engine.train(assignment, report: { _ in }, exclusively: { try $0() })
        try flipLastByte(of: weights)
        let failure = try #require(throws: TrialFailure.self) {
            try engine.train(assignment, report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.reason == .crashed && failure.detail.contains("model.safetensors: SHA-256 is"))
    }

    @Test func `a vocabulary that changed between two studies of one model is told`() throws {
        var (assignment, weights) = try onOwnModel()
        let engine = example.engine()
        _ = try engine.train(assignment, report: { _ in }, exclusively: { try $0() })
        let path = URL(filePath: weights).deletingLastPathComponent().appending(path: "vocab.txt")
        let words = try String(contentsOf: path, encoding: .utf8)
        try words.replacing("cat\ndog", with: "dog\ncat").write(to: path, atomically: true, encoding: .utf8)
        assignment.study.task?.maximumLength -= 1
        let failure = try #require(throws: TrialFailure.self) {
            try engine.train(assignment, report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.reason == .crashed && failure.detail.contains("vocab.txt: SHA-256 is"))
    }

    @Test func `a trial during which weights are written to has no result`() throws {
        let (assignment, weights) = try onOwnModel()
        let failure = try #require(throws: TrialFailure.self) {
            try example.engine().train(
                assignment, report: { _ in },
                exclusively: {
                    try $0()
                    try flipLastByte(of: weights)
                })
        }
        #expect(failure.reason == .crashed && failure.detail.contains("written to"))
        #expect(!FileManager.default.fileExists(atPath: "\(example.folder.path)/data/artifacts"))
    }

    @Test func `what one start has read the next does not read`() throws {
        let engine = example.engine()
        let fresh = try engine.start(example.assignment())
        #expect(Set(fresh.seconds.keys) == Set(StartUpProfile.Stage.allCases))
        let used = try engine.start(example.assignment(seed: 4))
        #expect(
            Set(used.seconds.keys)
                == Set(StartUpProfile.Stage.allCases).subtracting([.hashes, .weights, .tokens]))
        #expect(fresh.untilFirstStep == 0)
    }

    @Test func `a trained network that is not finite is a trial that diverged, and leaves no artifact`()
        throws
    {
        var assignment = example.assignment()
        assignment.configuration.training.learningRate = .nan
        let failure = try #require(throws: TrialFailure.self) {
            try example.engine().train(assignment, report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.reason == .diverged)
        #expect(!FileManager.default.fileExists(atPath: "\(example.folder.path)/data/artifacts"))
    }

    @Test func `a store that cannot be written to is a crash, not a verdict on the configuration`() throws {
        _ = try example.folder.write("data", "a file where the folder should be")
        let failure = try #require(throws: TrialFailure.self) { try example.train(on: example.engine()) }
        #expect(failure.reason == .crashed && !failure.reason.isFinal)
    }

    @Test func `a configuration with a layer too many, and a task without a test split, are invalid`() throws
    {
        var assignment = example.assignment()
        assignment.configuration.components = [.bias(BiasTuning(layers: [3]))]
        let failure = try #require(throws: TrialFailure.self) {
            try example.engine().train(assignment, report: { _ in }, exclusively: { try $0() })
        }
        #expect(failure.reason == .invalid && failure.detail.contains("layers 0 to 2"))
        assignment = example.assignment()
        assignment.study.task?.test = nil
        #expect(throws: TrialFailure(.invalid, "the task has no test split")) {
            try example.engine().test(assignment) { _ in }
        }
    }

    @Test func `the model learns what the rows say`() throws {
        var assignment = example.assignment()
        assignment.configuration.training = TrainingSettings(learningRate: 0.02, epochs: 20, batchSize: 8)
        let result = try example.engine().train(assignment, report: { _ in }, exclusively: { try $0() })
        let majority = try #require(example.study.data?.majorityShare)
        #expect(try #require(result.value("accuracy")) > majority + 0.2)
    }
}
