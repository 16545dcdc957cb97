import Foundation
import Synchronization
import Testing

/// Controller and worker as processes of their own, as on a cluster.
@Suite(.needsPostgres, .timeLimit(.minutes(3)))
struct ServiceTests {
    @Test func `a controller and a worker apart complete a stored study`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "apart", trials: 4)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let process = Mutex<Int32?>(nil)
            async let worker = place.run("worker", "--study", "apart", "--slots", "2") { line, number in
                if line.hasSuffix(" is ready") { process.withLock { $0 = number } }
            }
            #expect(try await place.run("controller", "--study", "apart").status == 0)
            kill(try #require(process.withLock { $0 }), SIGTERM)
            #expect(try await worker.status == 143)
            let trials = try await place.output("trials", "apart", "--format", "jsonl")
            #expect(trials.split(separator: "\n").count { $0.contains(#""state":"done""#) } == 4)
        }
    }
}
