import Experiments
import Storage

/// A process's client of the store: it repeats a call whose connection broke,
/// as `PostgresClient` does, with the same mark.
struct SimulatedClient: Sendable {
    let process: SimulatedProcess
    private let limits = RetryLimits(total: .seconds(10))

    func call(_ call: StoreCall) async throws -> StoreAnswer {
        var waited = Duration.zero
        var failures = 0
        while true {
            if let answer = await process.send(call) { return try answer.get() }
            failures += 1
            guard waited < limits.total, !process.isDead else {
                throw StoreError.unreachable("the simulated store")
            }
            var generator: any RandomNumberGenerator = SeededGenerator(seed: process.mark())
            let delay = limits.delay(after: failures, using: &generator)
            waited += delay
            try await process.sleep(for: delay)
        }
    }

    /// The call's own mark.
    var mark: UInt64 { process.mark() }
}
