import Experiments

/// Lends connections and repeats calls while the database is away.
///
/// Connections are opened when they are needed. A call that fails as
/// `unreachable` is repeated on a fresh connection, which is right for every
/// statement of this module: each may be repeated.
public actor PostgresClient {
    public nonisolated let address: DatabaseAddress
    public nonisolated let schema: SchemaName
    private let limits: RetryLimits
    private let clock: any Clock<Duration>
    private var generator: any RandomNumberGenerator & Sendable

    private var idle: [PostgresConnection] = []
    private var vacancies: Int
    private var waiters: [CheckedContinuation<PostgresConnection, Never>] = []

    /// - Parameters:
    ///   - connections: the most that are open at once.
    ///   - generator: spreads repeated calls in time; no result depends on it.
    public init(
        _ address: DatabaseAddress, schema: SchemaName = .standard, connections: Int = 2,
        limits: RetryLimits = RetryLimits(), clock: any Clock<Duration> = ContinuousClock(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.address = address
        self.schema = schema
        self.limits = limits
        self.clock = clock
        self.generator = generator
        vacancies = max(1, connections)
    }

    /// Closes the idle connections.
    public func close() async {
        let closing = idle
        idle = []
        vacancies += closing.count
        for connection in closing { await connection.close() }
    }

    @discardableResult
    package func query(_ statement: Statement, _ values: [SQLValue] = []) async throws -> [PostgresRow] {
        try await repeating {
            let connection = await self.take()
            defer { self.putBack(connection) }
            // In one visit to its thread.
            return try await connection.openAndQuery(statement, values)
        }
    }

    /// Lends an open connection for the time of `body`, once, without repeats.
    package func withConnection<Result: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let connection = await take()
        defer { putBack(connection) }
        try await connection.open()
        return try await body(connection)
    }

    /// Repeats `call` with growing waits while it throws `unreachable`.
    func repeating<Result: Sendable>(_ call: () async throws -> Result) async throws -> Result {
        var waited = Duration.zero
        var failures = 0
        while true {
            do {
                return try await call()
            } catch StoreError.unreachable(let reason) {
                failures += 1
                guard waited < limits.total else { throw StoreError.unreachable(reason) }
                var generator: any RandomNumberGenerator = generator
                let delay = limits.delay(after: failures, using: &generator)
                waited += delay
                try await clock.sleep(for: delay)
            }
        }
    }

    private func take() async -> PostgresConnection {
        if let connection = idle.popLast() { return connection }
        if vacancies > 0 {
            vacancies -= 1
            return PostgresConnection(to: address, schema: schema)
        }
        return await withCheckedContinuation { waiters.append($0) }
    }

    private func putBack(_ connection: PostgresConnection) {
        if waiters.isEmpty {
            idle.append(connection)
        } else {
            waiters.removeFirst().resume(returning: connection)
        }
    }
}
