import Experiments
import Foundation
import Synchronization
import Testing

/// A study's files on machines other than the one that stored it.
@Suite(.needsPostgres, .timeLimit(.minutes(5)))
struct InputsTests {
    private static let head = """
        study: NAME
        seed: 7
        model: model
        task: {train: train.tsv, validation: validation.tsv, text: text, label: label, max_length: 16}

        """
    private static let command =
        head + """
            engine: {command: [sh, train.sh]}
            objectives: [maximize: score, minimize: size]
            space: {parameters: {size: {int: [1, 8]}}}
            search: {strategy: random, trials: 3, parallelism: 1}

            """
    /// Fails unless the request names a file that is here.
    private static let trainer = #"""
        read -r request
        train=${request#*'"train":{"path":"'}
        [ -f "${train%%\"*}" ] || exit 9
        echo '{"result":{"metrics":{"score":1,"size":2}}}'
        """#

    private static func write(_ study: String, name: String, to place: Workplace) throws {
        try TinyTask.write(to: place, study: study.replacing("NAME", with: name))
        try place.write("train.sh", trainer)
    }

    @Test
    func `a worker that lacks the files refuses the study, and one that is told where they are does it`()
        async throws
    {
        try await Workplace.use { place in
            try Self.write(Self.command, name: "elsewhere", to: place)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let shared = place.path("shared")
            let copied = try await place.json("study", "inputs", "elsewhere", "--copy-to", shared)
            #expect(try JSONSchema(named: "inputs").errors(in: copied) == [])
            for input in try #require(copied["inputs"]?.array) {
                #expect(input["folder"]?.string == shared + "/sha256/" + (input["hash"]?.string ?? "?"))
            }
            for name in ["model", "train.tsv", "validation.tsv"] {
                try FileManager.default.removeItem(atPath: place.path(name))
            }
            let missing = try await place.run("study", "inputs", "elsewhere")
            #expect(missing.status == 1)
            #expect(missing.output.contains("not here"))
            #expect(missing.error.contains("train.tsv: is not on this machine"))
            try await Self.check(place, shared: shared)
        }
    }

    /// The first worker has nothing and ends nothing; the second has it all.
    private static func check(_ place: Workplace, shared: String) async throws {
        let refusing = Mutex<Bool>(false)
        async let lacking = place.run("worker", "--study", "elsewhere") { line, process in
            guard line.contains("is not for this worker") else { return }
            refusing.withLock { $0 = true }
            kill(process, SIGTERM)
        }
        async let controller = place.run("controller", "--study", "elsewhere")
        #expect(try await lacking.status == 143)
        #expect(refusing.withLock { $0 })
        let process = Mutex<Int32?>(nil)
        async let able = place.run(
            "worker", "--study", "elsewhere", environment: ["PEFTSEARCH_INPUTS": shared]
        ) { line, number in
            if line.hasSuffix(" is ready") { process.withLock { $0 = number } }
        }
        #expect(try await controller.status == 0)
        kill(try #require(process.withLock { $0 }), SIGTERM)
        #expect(try await able.status == 143)
        let trials = try #require(try await place.json("trials", "elsewhere")["trials"]?.array)
        #expect(trials.map { $0["state"] } == ["done", "done", "done"])
    }

    @Test func `a run finds the files below its own study file, whoever stored the study`() async throws {
        try await Workplace.use { place in
            let study = Self.head + "search: {strategy: random, trials: 1}\nengine: native\n"
            try Self.write(study, name: "moved", to: place)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            try FileManager.default.createDirectory(
                atPath: place.path("new"), withIntermediateDirectories: true)
            for name in ["study.yaml", "model", "train.tsv", "validation.tsv"] {
                try FileManager.default.moveItem(atPath: place.path(name), toPath: place.path("new/\(name)"))
            }
            let run = try await place.run("run", "new/study.yaml", "--workers", "1")
            #expect(run.status == 0, "\(run.error)")
            let trials = try #require(try await place.json("trials", "moved")["trials"]?.array)
            #expect(trials.map { $0["state"] } == ["done"])
        }
    }

    @Test func `a folder that is not there is an error before anything starts`() async throws {
        try await Workplace.use { place in
            let ending = try await place.run("worker", "--inputs", "nowhere")
            #expect(ending.status == 65)
            #expect(ending.error.contains("--inputs: there is no folder \(place.path("nowhere"))"))
        }
    }

    @Test func `a trial beyond its memory is out of memory, by the options of run`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "greedy", trials: 1,
                before: "exec python3 -c 'import time; x = bytearray(b\"x\" * (90 << 20)); time.sleep(60)'")
            let run = try await place.run(
                "run", "study.yaml", "--workers", "1", "--trial-memory", "64MiB", "--trial-time", "50s",
                onLine: { line, process in
                    // It is tried again, until it has happened five times.
                    if line.contains("attempt 5") { kill(process, SIGTERM) }
                })
            #expect(run.status == 0, "\(run.error)")
            let trial = try await place.json("trial", "greedy", "0")
            #expect(trial["error"]?["reason"] == "out_of_memory")
            #expect(
                trial["error"]?["detail"]?.string?.contains("more than the 64 MiB of --trial-memory") == true)
        }
    }
}
