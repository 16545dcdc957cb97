import Experiments
import Testing

@Suite(.needsPostgres)
struct ImportanceTests {
    @Test func `importances are shown as a table, CSV and JSON`() async throws {
        try await Workplace.use { place in
            try ScriptedStudy.write(to: place, name: "weighed", trials: 12)
            #expect(try await place.run("run", "study.yaml", "--workers", "2").status == 0)

            let table = try await place.output("study", "importance", "weighed")
            #expect(table.hasPrefix("parameter"))
            #expect(table.contains("of 12 trials count as the best"))
            let csv = try await place.output("study", "importance", "weighed", "--format", "csv")
            #expect(csv.hasPrefix("parameter,importance,from,to,trials\r\n"))

            let json = try await place.json("study", "importance", "weighed", "--share", "0.25")
            #expect(try JSONSchema(named: "importance").errors(in: json) == [])
            #expect(json["best"] == 3 && json["objective"] == .null)
            let shares = (json["parameters"]?.array ?? []).compactMap { $0["importance"]?.number }
            #expect(shares.count > 1 && abs(shares.reduce(0, +) - 1) < 1e-9)

            let unknown = try await place.run("study", "importance", "weighed", "--objective", "acuracy")
            #expect(unknown.status == 65 && unknown.error.contains("is not an objective of the study"))
            #expect(try await place.run("study", "delete", "weighed", "--yes").status == 0)
        }
    }
}
