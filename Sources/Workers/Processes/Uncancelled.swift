/// Shields what must be carried to its end from the cancellation of the task
/// that asks for it: a child process to be stopped in order, a claim to be
/// given back.
enum Uncancelled {
    /// Runs `body` as if the task were not cancelled, and waits for it.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
        await Task(operation: body).value
    }
}
