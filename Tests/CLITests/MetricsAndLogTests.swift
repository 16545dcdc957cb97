import Experiments
import Foundation
import Synchronization
import Testing

/// What long-running processes show of themselves: metrics by HTTP, and a log.
@Suite(.needsPostgres, .timeLimit(.minutes(3)))
struct MetricsAndLogTests {
    /// By the system's own client, so that no code of ours reads what it wrote.
    private static let get = """
        import sys, urllib.request, urllib.error
        try: print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode(), end="")
        except urllib.error.HTTPError as error: print(error.code)
        """

    private static func get(_ place: Workplace, _ url: String) async throws -> String {
        try place.write("get.py", get)
        return try await place.shell("exec /usr/bin/python3 get.py '\(url)'").output
    }

    @Test func `worker and controller answer Prometheus, and log as JSON`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(
                to: place, name: "measured", trials: 4,
                before:
                    #"[ "$number" = 1 ] && exit 3; [ "$number" -lt 2 ] || { echo > started; while [ ! -e go ]; do sleep 0.05; done; }"#
            )
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let controllerURL = Mutex<String?>(nil)
            let workerURL = Mutex<String?>(nil)
            let process = Mutex<Int32?>(nil)
            let lines = Mutex([String]())
            async let controller = place.run("controller", "--study", "measured", "--metrics", "127.0.0.1:0")
            {
                line, _ in
                if line.hasPrefix("metrics: ") {
                    controllerURL.withLock { $0 = String(line.dropFirst(9)) }
                }
            }
            async let worker = place.run(
                "worker", "--study", "measured", "--slots", "2", "--metrics", "127.0.0.1:0", "--log-format",
                "json"
            ) { line, number in
                process.withLock { $0 = number }
                if let url = line.firstMatch(of: #/metrics: (http:[^"]+)/#)?.1 {
                    workerURL.withLock { $0 = String(url) }
                }
                if line.hasPrefix("{") { lines.withLock { $0.append(line) } }
            }
            while !FileManager.default.fileExists(atPath: place.path("started")) {
                try await Task.sleep(for: .milliseconds(20))
            }
            let url = try #require(workerURL.withLock { $0 })
            let shown = try await Self.get(place, url)
            #expect(shown.contains("peftsearch_trials_finished_total{outcome=\"done\"} 1\n"), "\(shown)")
            #expect(shown.contains("peftsearch_slots 2\n"))
            #expect(shown.contains(/peftsearch_slots_free [01]\n/))
            #expect(shown.contains(/peftsearch_claim_seconds_bucket\{le="\+Inf"\} [1-9]/))
            #expect(shown.contains(/peftsearch_trial_seconds_count [1-9]/))
            #expect(try await Self.get(place, url.replacing("/metrics", with: "/healthz")) == "ok\n")
            #expect(try await Self.get(place, url.replacing("/metrics", with: "/etc/passwd")) == "404\n")
            let studies = try await Self.get(place, try #require(controllerURL.withLock { $0 }))
            #expect(
                studies.contains("peftsearch_study_trials{state=\"done\",study=\"measured\"} 1\n"),
                "\(studies)")
            #expect(studies.contains("peftsearch_store_up 1\n"))
            #expect(studies.contains("peftsearch_workers{state=\"busy\"} "))

            try place.write("go", "")
            #expect(try await controller.status == 0)
            kill(try #require(process.withLock { $0 }), SIGTERM)
            #expect(try await worker.status == 143)
            let entries = try lines.withLock { $0 }.map { try JSON.parse($0) }
            let claimed = try #require(entries.first { $0["slot"] != nil })
            #expect(claimed["level"] == "info" && claimed["attempt"] == 1 && claimed["rung"] == 0)
            #expect(claimed["worker"]?.string?.count == 32 && claimed["time"]?.string?.hasSuffix("Z") == true)
            let crash = try #require(entries.first { $0["reason"] == "crashed" })
            #expect(crash["level"] == "warning" && crash["trial"] == 1)
        }
    }

    @Test func `an address that cannot be listened on is refused before anything starts`() async throws {
        try await Workplace.use { place in
            for address in ["9464", "127.0.0.1:99999", "a b:1"] {
                let refused = try await place.run("worker", "--metrics", address)
                #expect(
                    refused.status == 64
                        && refused.error.contains("expected ADDRESS:PORT such as 127.0.0.1:9464"))
            }
            let foreign = try await place.run("worker", "--metrics", "192.0.2.1:9464")
            #expect(foreign.status == 65)
            #expect(
                foreign.error.contains("error: --metrics: cannot listen on 192.0.2.1:9464"),
                "\(foreign.error)")
            #expect(!foreign.error.contains(" is ready"))
        }
    }

    @Test func `a higher log level tells less`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "quiet", trials: 2)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let marked = MarkedProcesses()
            async let worker = place.run(
                "worker", "--study", "quiet", "--log-level", "warning", environment: marked.environment)
            #expect(try await place.run("controller", "--study", "quiet", "--log-level", "error").error == "")
            kill(try #require(marked.worker), SIGTERM)
            #expect(try await worker.error == "interrupted; everything is saved, the same command goes on\n")
        }
    }
}
