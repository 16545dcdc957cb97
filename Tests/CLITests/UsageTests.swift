import Testing

struct UsageTests {
    @Test func `the version is a number`() async throws {
        let ending = try await Program(folder: "/").run(["--version"])
        #expect(ending.status == 0)
        #expect(ending.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }

    @Test(arguments: [
        (["serach"], "Error: Unexpected argument 'serach'"),
        (["run"], "Error: Missing expected argument '<file>'"),
        (
            ["run", "study.yaml", "--wrokers", "2"],
            "Error: Unknown option '--wrokers'. Did you mean '--workers'?"
        ),
        (
            ["run", "study.yaml", "--workers", "many"],
            "Error: The value 'many' is invalid for '--workers <workers>'"
        ),
        (
            ["run", "study.yaml", "--workers", "0"],
            "Error: --workers: expected a whole number from 1 to 1024, found 0"
        ),
        (
            ["worker", "--slots", "0"],
            "Error: --slots: expected a whole number from 1 to 1024, found 0"
        ),
        (
            ["worker", "--trial-memory", "4"],
            "Error: --trial-memory: expected a size from 16 MiB, such as 4GiB, found '4'"
        ),
        (
            ["run", "study.yaml", "--trial-time", "soon"],
            "Error: --trial-time: expected a time from 1s, such as 90min or 2h, found 'soon'"
        ),
        (["worker", "--lease", "nan"], "Error: --lease: expected seconds from 1 to 86400, found nan"),
        (
            ["train", "study.yaml", "--configuration", "c.json", "--seed", "-1"],
            "Error: Missing value for '--seed <seed>'"
        ),
        (
            ["front", "sst2", "--format", "xml"],
            "Error: The value 'xml' is invalid for '--format <format>'"
        ),
        (
            ["front", "sst2", "--pick", "cheapest-within=-1%"],
            "Error: The value 'cheapest-within=-1%' is invalid for '--pick <pick>'"
        ),
        (["trial", "sst2", "first"], "Error: The value 'first' is invalid for '<number>'"),
        (["trial", "sst2", "99999999999999999999"], "is invalid for '<number>'"),
        (["database", "migrate", "--to", "new"], "Error: The value 'new' is invalid for '--to <to>'"),
    ])
    func `a wrong command line is told with its usage and status 64`(
        arguments: [String], message: String
    ) async throws {
        let ending = try await Program(folder: "/").run(arguments)
        #expect(ending.status == 64)
        #expect(ending.output == "")
        #expect(ending.error.contains(message), "\(ending.error)")
        #expect(ending.error.contains("Usage: peftsearch"))
    }
}
