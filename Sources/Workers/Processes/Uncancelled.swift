/// Shields what must be carried to its end from the cancellation of the task
/// that asks for it: a child process to be stopped in order, a claim to be
/// given back.
package enum Uncancelled {
    /// Where such work runs; nil is the shared pool. A task of its own takes
    /// over the values of the task that asks for it and not its executor, so a
    /// simulation, which runs everything on one, says so here.
    @TaskLocal package static var executor: (any TaskExecutor)?

    /// Runs `body` as if the task were not cancelled, and waits for it.
    static func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
        await Task(executorPreference: executor, operation: body).value
    }
}
