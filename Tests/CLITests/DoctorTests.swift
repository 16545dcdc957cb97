import Foundation
import Testing

@Suite(.needsPostgres)
struct DoctorTests {
    @Test func `a look at an empty folder makes and starts nothing`() async throws {
        try await Workplace.use { place in
            let ending = try await place.program.run(["doctor", "--data-dir", "new"])
            #expect(ending.status == 0, "\(ending.output)")
            #expect(ending.output.contains("ok      private PostgreSQL: does not run; "))
            #expect(place.files == [])
        }
    }

    @Test func `of a fleet it says what is wrong, and the command that mends it`() async throws {
        try await Workplace.use(ownDatabase: true) { place in
            try ScriptedStudy.write(to: place, name: "examined", trials: 2)
            #expect(try await place.run("study", "create", "study.yaml").status == 0)
            let calm = try await place.output("doctor")
            for line in [
                "ok      encryption: none, on this machine\n",
                " may do the work of controller, worker, reader\n",
                "ok      workers: none\n", "ok      leases: 0 held, 0 ran out\n",
                "ok      files of examined: here, as they were recorded\n",
            ] {
                #expect(calm.contains(line), "\(calm)")
            }
            #expect(calm.contains(/ok      clock: \d\.\d s (ahead of|behind) the server's/))

            let url = try await place.output("database", "url").trimmingCharacters(in: .newlines)
            let sql = """
                SET search_path = peftsearch;
                INSERT INTO worker (id, host, process_identifier, slots, program, compute_class, seen_at)
                VALUES (repeat('ab', 16), 'node7', 4711, 2, '0.0.9', 'native-0/x', now() - interval '90 s'),
                       (repeat('cd', 16), 'node8', 12, 2, '0.0.9', 'native-0/y', now());
                CREATE ROLE stranger LOGIN;
                """
            try place.write("wrong.sql", sql)
            #expect(try await place.shell("psql -q -v ON_ERROR_STOP=1 '\(url)' -f wrong.sql").status == 0)
            let wrong = try await place.run("doctor")
            #expect(wrong.status == 1)
            for text in [
                "missing workers: 1 idle, 1 silent\n          try: look at process 4711 on node7, silent for 9",
                "missing versions: 0.1.0 here, 0.0.9\n          try: ", "workers drain --all",
                "missing compute classes: native-0/x, native-0/y\n",
            ] {
                #expect(wrong.output.contains(text), "\(wrong.output)")
            }
            let user = try #require(url.firstMatch(of: #/\/\/([a-z]+)@/#)?.1)
            let strange = try await place.program.run([
                "doctor", "--database", url.replacing("//\(user)@", with: "//stranger@"),
            ])
            #expect(strange.status == 1)
            #expect(strange.output.contains("missing "), "\(strange.output)")
        }
    }

    @Test func `a look at an empty database leaves it empty`() async throws {
        try await Workplace.use { place in
            let url = try await place.output("database", "start").trimmingCharacters(in: .newlines)
                .replacing("/postgres?", with: "/template1?")
            for _ in 0..<2 {
                let ending = try await place.program.run(["doctor", "--database", url])
                #expect(ending.status == 0)
                #expect(ending.output.contains(", empty; the first command that needs it prepares it\n"))
            }
            // Its status is also that of what other tests leave in the store.
            #expect(try await place.run("doctor").output.contains(", up to date\n"))
        }
    }
}
