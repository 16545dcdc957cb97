import ArgumentParser
import Experiments
import Metrics

/// Whether and where a process shows its metrics.
struct MetricsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer Prometheus at /metrics, and /healthz, on this address.", valueName: "ADDRESS:PORT"))
    var metrics: String?

    func validate() throws {
        guard let metrics, Self.parts(of: metrics) == nil else { return }
        throw ValidationError(
            "--metrics: expected ADDRESS:PORT such as 127.0.0.1:9464 or [::1]:9464, found \(metrics)")
    }

    static func parts(of text: String) -> (host: String, port: Int)? {
        guard let match = text.wholeMatch(of: #/(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})/#),
            let port = Int(match.3), port < 65_536, let host = match.1 ?? match.2
        else { return nil }
        return (String(host), port)
    }

    /// Runs `body`, and answers beside it if that was asked for.
    /// - Parameter note: told where.
    /// - Throws: an `InputError` when the address cannot be listened on, else
    ///   what `body` throws.
    func serving<Result: Sendable>(
        _ families: @escaping @Sendable () async -> [MetricFamily],
        note: (String) -> Void = Output.note,
        while body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let metrics, let (host, port) = Self.parts(of: metrics) else { return try await body() }
        let server: MetricsServer
        do {
            server = try await MetricsServer(host: host, port: port)
        } catch {
            throw InputError(
                "--metrics", reason: "cannot listen on \(metrics): \(error)",
                suggestion: "another port, or an address of this machine")
        }
        note("metrics: http://\(host.contains(":") ? "[\(host)]" : host):\(server.port)/metrics")
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try? await server.run(families)
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            for try await result in group {
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
