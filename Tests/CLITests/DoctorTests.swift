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

    @Test func `a look at an empty database leaves it empty`() async throws {
        try await Workplace.use { place in
            let url = try await place.output("database", "start").trimmingCharacters(in: .newlines)
                .replacing("/postgres?", with: "/template1?")
            for _ in 0..<2 {
                let ending = try await place.program.run(["doctor", "--database", url])
                #expect(ending.status == 0)
                #expect(ending.output.contains(", empty; the first command that needs it prepares it\n"))
            }
            #expect(try await place.output("doctor").contains(", up to date\n"))
        }
    }
}
