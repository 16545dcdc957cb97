import Experiments
import Foundation
import Testing
import Workers

/// Files of a study that lie where they should, elsewhere, nowhere, or not as
/// they were.
@Suite(.timeLimit(.minutes(5))) struct InputTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    private func write(_ text: String, to name: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: (path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        _ = try folder.write(text, to: name)
        return ContentHash.sha256(of: Array(text.utf8))
    }

    /// A study that was resolved in `home/`, with a model and two splits; the
    /// files are there.
    private func study(engine: Engine = .command(["sh", "-c", "exit 9"])) throws -> Study {
        var study = WorkersTests.study(engine: engine)
        study.directory = path("home")
        study.model = ModelReference(
            path: path("home/models/tiny"), family: "bert",
            shape: ModelShape(
                vocabulary: 10, positions: 8, tokenTypes: 2, layers: 1, hidden: 4, heads: 1, feedForward: 8),
            files: [
                "config.json": try write("{}", to: "home/models/tiny/config.json"),
                "model.safetensors": try write("weights", to: "home/models/tiny/model.safetensors"),
            ])
        study.task = TaskDefinition(
            train: DataFile(path: path("home/train.tsv"), sha256: try write("a\tb", to: "home/train.tsv")),
            validation: .share(0.1),
            test: DataFile(
                path: path("home/data/test.tsv"), sha256: try write("c\td", to: "home/data/test.tsv")),
            text: ["a"], label: "b", maximumLength: 8)
        return study
    }

    private func placed(_ study: Study, _ folders: InputFolders) throws -> [String] {
        try study.inputs.map { try folders.folder(of: $0) }
    }

    @Test func `what lies where the study recorded it is taken from there`() throws {
        let study = try study()
        #expect(study.inputs.map(\.role) == [.model, .train, .test])
        #expect(try placed(study, InputFolders()) == ["home/models/tiny", "home", "home/data"].map(path))
        #expect(study.inputs[0].hash == study.model?.fingerprint)
    }

    @Test func `what was moved is found below another folder as it lay below the study file's`() throws {
        let study = try study()
        try FileManager.default.moveItem(atPath: path("home"), toPath: path("away"))
        let folders = InputFolders([path("nowhere"), path("away")])
        #expect(try placed(study, folders) == ["away/models/tiny", "away", "away/data"].map(path))
        // The study is the same wherever its files are.
        var moved = study
        for input in study.inputs { moved = moved.placing(input, in: try folders.folder(of: input)) }
        #expect(moved.task?.test?.path == path("away/data/test.tsv"))
        #expect(moved.model?.path == path("away/models/tiny"))
        #expect(moved.identityHash == study.identityHash)
    }

    @Test func `what was copied is found by its content alone`() throws {
        let study = try study()
        let copy = InputCopy(to: path("shared"), known: InputFolders())
        for input in study.inputs { _ = try copy.copy(input, from: input.folder) }
        try FileManager.default.removeItem(atPath: path("home"))
        let folders = InputFolders([path("shared")])
        #expect(
            try placed(study, folders) == study.inputs.map { path("shared/sha256/\($0.hash)") })
        // Again is no harm, and mends what was damaged.
        _ = try write("damaged", to: "shared/sha256/\(study.inputs[1].hash)/train.tsv")
        #expect(throws: InputError.self) { try placed(study, folders) }
        _ = try write("a\tb", to: "home/train.tsv")
        _ = try copy.copy(study.inputs[1], from: path("home"))
        #expect(try placed(study, folders).count == 3)
    }

    @Test func `another content is refused with both hashes, and looked for further`() throws {
        let study = try study()
        let found = try write("a\tB", to: "home/train.tsv")
        let error = try #require(throws: InputError.self) { try placed(study, InputFolders()) }
        #expect(error.subject == path("home/train.tsv"))
        #expect(error.reason.contains(found) && error.reason.contains(study.task?.train.sha256 ?? "?"))
        #expect(error.suggestion?.contains("study inputs STUDY --copy-to DIR") == true)
        _ = try write("a\tb", to: "shared/train.tsv")
        #expect(try placed(study, InputFolders([path("shared")]))[1] == path("shared"))
    }

    @Test func `a file that is nowhere is named with its hash and where it was looked for`() throws {
        let study = try study()
        try FileManager.default.removeItem(atPath: path("home/models/tiny/model.safetensors"))
        let error = try #require(throws: InputError.self) { try placed(study, InputFolders([path("s")])) }
        #expect(error.subject == path("home/models/tiny"))
        for words in ["model", study.inputs[0].hash, path("s/models/tiny"), path("s/sha256/")] {
            #expect(error.reason.contains(words), "\(words)")
        }
    }

    private func worker(
        _ queue: ScriptedQueue, shared: [String] = [], caches: Bool = false,
        observe: @escaping @Sendable (WorkerEvent) -> Void = { _ in }
    ) -> Task<Void, any Error> {
        let settings = WorkerSettings(
            slots: 1, dataFolder: path("data"), inputFolders: shared, cachesInputs: caches,
            pollingSeconds: 0.001...0.01, environment: ["PATH": "/usr/bin:/bin"],
            commands: WorkersStandInProcess.commands)
        return Task { try await Worker(queue: queue, settings: settings, observe: observe).run() }
    }

    @Test func `a worker without the files fails no trial: it gives back, says why, and claims others`()
        async throws
    {
        var lacking = claim(.command(["sh", "-c", "exit 9"]))
        lacking.study = try study()
        lacking.token.study = 7
        try FileManager.default.removeItem(atPath: path("home/train.tsv"))
        let other = claim(.command(["sh", "-c", #"echo '{"result":{"metrics":{"accuracy":1}}}'"#]), trial: 1)
        let queue = ScriptedQueue([lacking, lacking, other])
        let recorder = EventRecorder()
        let running = worker(queue) { recorder.note($0) }
        await queue.wait { !$0.results.isEmpty }
        running.cancel()
        try await running.value
        #expect(await queue.calls.failures.isEmpty)
        #expect(await queue.calls.givenBack == [lacking.token])
        let reasons = recorder.refusals
        #expect(reasons.count == 1)
        #expect(reasons.first?.contains("home/train.tsv: is not on this machine") == true, "\(reasons)")
    }

    @Test func `a file that comes later is found by a worker that has nothing else to do`() async throws {
        var lacking = claim(.command(["sh", "-c", #"echo '{"result":{"metrics":{"accuracy":1}}}'"#]))
        lacking.study = try study(engine: lacking.study.engine)
        try FileManager.default.removeItem(atPath: path("home/train.tsv"))
        let queue = ScriptedQueue([lacking, lacking])
        let settings = WorkerSettings(
            slots: 1, dataFolder: path("data"), leaseSeconds: 1e6, pollingSeconds: 1...10,
            environment: ["PATH": "/usr/bin:/bin"], commands: WorkersStandInProcess.commands)
        let running = Task {
            try await Worker(queue: queue, settings: settings, clock: HastyClock()).run()
        }
        await queue.wait { !$0.givenBack.isEmpty }
        _ = try write("a\tb", to: "home/train.tsv")
        await queue.wait { !$0.results.isEmpty }
        running.cancel()
        try await running.value
        #expect(await queue.calls.givenBack.count == 1)
    }

    @Test func `a study whose command's folder is not here is refused`() async throws {
        var lacking = claim(.command(["sh", "-c", "exit 9"]))
        lacking.study.directory = path("gone")
        let queue = ScriptedQueue([lacking])
        let running = worker(queue)
        await queue.wait { !$0.givenBack.isEmpty }
        running.cancel()
        try await running.value
        #expect(await queue.calls.failures.isEmpty)
    }

    @Test(arguments: [false, true])
    func `a trainer is told where the files are on its machine`(caches: Bool) async throws {
        let script = #"""
            read -r request; printf '%s\n' "$request" > "$0/request"
            echo '{"result":{"metrics":{"accuracy":1}}}'
            """#
        var claim = claim(.command(["sh", "-c", script, folder.path]))
        claim.study = try study(engine: claim.study.engine)
        try FileManager.default.copyItem(atPath: path("home"), toPath: path("away"))
        try FileManager.default.removeItem(atPath: path("home/models"))
        let queue = ScriptedQueue([claim])
        let running = worker(queue, shared: [path("away")], caches: caches)
        await queue.wait { !$0.results.isEmpty }
        running.cancel()
        try await running.value
        let request = try JSON.parse(try #require(folder.read("request")))
        let study = try Study(json: try #require(request["study"]))
        let cached = path("data/inputs/sha256")
        #expect(
            study.model?.path
                == (caches ? "\(cached)/\(claim.study.inputs[0].hash)" : path("away/models/tiny")))
        #expect(
            study.task?.train.path
                == (caches ? "\(cached)/\(claim.study.inputs[1].hash)/train.tsv" : path("home/train.tsv")))
        // What is recorded with the result knows nothing of places.
        #expect(
            await queue.calls.results.first?.record?.inputs
                == AttemptRecord.inputs(
                    study: claim.study, seed: claim.seed, configuration: claim.configuration))
    }
}

/// A clock whose minutes are hundredths of a second.
private struct HastyClock: MonotonicClock {
    private let start = ContinuousClock.now

    func now() -> Duration { start.duration(to: .now) * 6000 }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration / 6000) }
}
