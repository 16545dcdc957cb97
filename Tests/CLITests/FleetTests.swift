import Experiments
import Foundation
import Synchronization
import Testing

/// The fleet of workers: listed, and drained by signals and through the
/// database.
@Suite(.needsPostgres, .timeLimit(.minutes(3)))
struct FleetTests {
    private enum Way: CaseIterable { case userSignal, termination, database }

    private static func isThere(_ place: Workplace, _ file: String) async throws {
        while !FileManager.default.fileExists(atPath: place.path(file)) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func `a worker is listed with what it runs, and drained in each way it ends with status 0`()
        async throws
    {
        // A database of their own: other tests' workers are not to be drained.
        try await Workplace.use(ownDatabase: true) { place in
            for way in Way.allCases {
                let name = "drained-\(way)"
                try ScriptedStudy.write(
                    to: place, name: name, trials: 4,
                    before: "echo > started; while [ ! -e go ]; do sleep 0.05; done")
                #expect(try await place.run("study", "create", "study.yaml").status == 0)
                async let controller = place.run("controller", "--study", name)
                let process = Mutex<Int32?>(nil)
                let drains = Mutex(false)
                var arguments = ["worker", "--study", name]
                if way == .termination { arguments.append("--drain-on-term") }
                let program = Program(folder: place.folder)
                async let worker = program.run(arguments + ["--data-dir", place.dataFolder]) { line, number in
                    if line.hasSuffix(" is ready") { process.withLock { $0 = number } }
                    if line.hasPrefix("draining: ") { drains.withLock { $0 = true } }
                }
                try await Self.isThere(place, "started")
                let list = try await place.json("workers", "list")
                #expect(try JSONSchema(named: "workers").errors(in: list) == [])
                let listed = try #require(list.array?.first)
                #expect(list.array?.count == 1 && listed["state"] == "busy" && listed["slots"] == 1)
                #expect(
                    listed["program"] != .null
                        && listed["compute_class"]?.string?.hasPrefix("native-") == true)
                #expect(listed["work"]?.array?.first?["study"] == .string(name))
                #expect(try await place.output("workers", "list").contains("\(name) 0 ("))
                switch way {
                case .userSignal: kill(try #require(process.withLock { $0 }), SIGUSR1)
                case .termination: kill(try #require(process.withLock { $0 }), SIGTERM)
                case .database:
                    let prefix = String(try #require(listed["worker"]?.string).prefix(8))
                    let drain = try await place.run("workers", "drain", prefix)
                    #expect(drain.status == 0 && drain.error.hasPrefix("1 worker finishes"))
                }
                while !drains.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(20)) }
                try place.write("go", "")
                let ending = try await worker
                #expect(ending.status == 0, "\(ending.error)")
                #expect(try await place.json("workers", "list") == [])
                let trials = try await place.output("trials", name, "--format", "jsonl")
                #expect(trials.split(separator: "\n").count { $0.contains(#""state":"done""#) } == 1)
                #expect(try await place.run("study", "delete", name, "--yes").status == 0)
                #expect(try await controller.status == 65)
                for file in ["go", "started"] { try FileManager.default.removeItem(atPath: place.path(file)) }
            }
        }
    }

    @Test func `who is to be drained has to be named`() async throws {
        try await Workplace.use { place in
            #expect(try await place.run("workers", "drain").status == 64)
            #expect(try await place.run("workers", "drain", "ab", "--all").status == 64)
            let unknown = try await place.run("workers", "drain", "nobody")
            #expect(unknown.status == 65 && unknown.error.contains("nobody: no such worker"))
        }
    }
}
