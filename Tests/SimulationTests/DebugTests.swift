import Simulation
import Testing
import Foundation
struct DebugTests {
    @Test func debugOne() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["SIMSEED"] ?? "0")!
        print(try Simulation(seed: seed).run(against: References()).violation ?? "ok")
    }
}
