import CLibPQ
package import Experiments
import Glibc

/// One connection, with every wait bounded by a deadline.
///
/// libpq is used without blocking and waited for with `poll`, on a thread of
/// the actor's own. A connection is lent to one caller at a time and never
/// shared. Whatever goes wrong closes it; the next use opens it again.
package actor PostgresConnection {
    /// Owns the libpq handle.
    private final class Handle {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { PQfinish(pointer) }
    }

    private let executor: QueueExecutor
    private let address: DatabaseAddress
    private let schema: SchemaName
    private var handle: Handle?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init(to address: DatabaseAddress, schema: SchemaName) {
        self.address = address
        self.schema = schema
        executor = QueueExecutor(label: "peftsearch.postgres")
    }

    /// Connects, unless that was done, and sets up the session.
    package func open(within seconds: Double = 10) throws(StoreError) {
        if let handle {
            if PQstatus(handle.pointer) == CONNECTION_OK { return }
            close()
        }
        let deadline = ContinuousClock.now + .seconds(seconds)
        try connect(until: deadline)
        _ = try query(.openSession, [.text(schema.searchPath)], until: deadline)
    }

    package func close() {
        handle = nil
    }

    /// Whether a server answers at the address, also when it refuses this
    /// user or has no connection left; false while it starts or stops.
    package func ping() -> Bool {
        Self.withConnectionTexts(of: address) { PQpingParams($0, $1, 0) } == PQPING_OK
    }

    /// Runs one statement with bound parameters and returns its rows.
    ///
    /// The default allows more than the server's own statement time-out, so
    /// that only a server that stopped answering meets it.
    @discardableResult
    package func query(
        _ statement: Statement, _ values: [SQLValue] = [], within seconds: Double = 35
    ) throws(StoreError) -> [PostgresRow] {
        try query(statement, values, until: .now + .seconds(seconds))
    }

    /// Runs a text of several commands without parameters: a migration.
    package func run(script: Statement, within seconds: Double = 600) throws(StoreError) {
        let handle = try openHandle()
        try check(PQsendQuery(handle.pointer, script.sql) == 1, handle)
        _ = try results(of: script, on: handle, until: .now + .seconds(seconds))
    }

    /// Connects, unless that was done, and runs one statement.
    func openAndQuery(_ statement: Statement, _ values: [SQLValue]) throws(StoreError) -> [PostgresRow] {
        try open()
        return try query(statement, values)
    }

    /// Commits what `body` did on this connection, or closes it, which takes
    /// that back.
    nonisolated func transaction<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            try await query(.begin)
            let result = try await body()
            try await query(.commit)
            return result
        } catch {
            await close()
            throw error
        }
    }

    private func query(
        _ statement: Statement, _ values: [SQLValue], until deadline: ContinuousClock.Instant
    ) throws(StoreError) -> [PostgresRow] {
        guard !values.contains(where: { $0.text?.utf8.contains(0) ?? false }) else {
            throw .refused("\(statement.name): a text holds U+0000, which PostgreSQL cannot store")
        }
        let handle = try openHandle()
        try check(Self.send(statement.sql, values.map(\.text), to: handle.pointer), handle)
        return try results(of: statement, on: handle, until: deadline).last?.rows ?? []
    }

    private func openHandle() throws(StoreError) -> Handle {
        guard let handle else { throw .unreachable("the connection to \(address) is closed") }
        return handle
    }

    private static func send(_ sql: String, _ values: [String?], to pointer: OpaquePointer) -> Bool {
        let copies = values.map { value in value.map { strdup($0) } }
        defer { for case let copy? in copies { free(copy) } }
        let texts: [UnsafePointer<CChar>?] = copies.map { $0.flatMap { UnsafePointer($0) } }
        return PQsendQueryParams(pointer, sql, Int32(values.count), nil, texts, nil, nil, 0) == 1
    }
}

// MARK: - Waiting

extension PostgresConnection {
    private func connect(until deadline: ContinuousClock.Instant) throws(StoreError) {
        guard let pointer = Self.start(address) else { throw .unreachable("libpq has no memory") }
        let handle = Handle(pointer)
        // What the server or libpq has to say goes into errors, not to standard error.
        PQsetNoticeProcessor(pointer, { _, _ in }, nil)
        // Verbose, because only then a refused connection tells its SQLSTATE.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        var polling = PQstatus(pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while polling != PGRES_POLLING_OK {
            switch polling {
            case PGRES_POLLING_READING: _ = try wait(for: Int16(POLLIN), on: handle, until: deadline)
            case PGRES_POLLING_WRITING: _ = try wait(for: Int16(POLLOUT), on: handle, until: deadline)
            default: throw ConnectionRefusal(message: message(of: handle)).error(for: address)
            }
            polling = PQconnectPoll(pointer)
        }
        PQsetnonblocking(pointer, 1)
        self.handle = handle
    }

    private func results(
        of statement: Statement, on handle: Handle, until deadline: ContinuousClock.Instant
    ) throws(StoreError) -> [PostgresResult] {
        try flush(handle, until: deadline)
        var results: [PostgresResult] = []
        while true {
            while PQisBusy(handle.pointer) == 1 {
                _ = try wait(for: Int16(POLLIN), on: handle, until: deadline)
                try check(PQconsumeInput(handle.pointer) == 1, handle)
            }
            guard let result = PQgetResult(handle.pointer) else { break }
            results.append(PostgresResult(consuming: result, statement: statement.name))
        }
        // Decided by the connection's state: a server that dies in between
        // leaves an error without a SQLSTATE.
        try check(PQstatus(handle.pointer) == CONNECTION_OK, handle)
        if let failure = results.lazy.compactMap(\.failure).first { throw failure.error(of: statement.name) }
        return results
    }

    /// Sends all that is buffered, reading meanwhile: a server that waits for
    /// us to read would not read from us.
    private func flush(_ handle: Handle, until deadline: ContinuousClock.Instant) throws(StoreError) {
        while true {
            let state = PQflush(handle.pointer)
            if state == 0 { return }
            try check(state == 1, handle)
            let events = try wait(for: Int16(POLLIN | POLLOUT), on: handle, until: deadline)
            if events & Int16(POLLIN) != 0 { try check(PQconsumeInput(handle.pointer) == 1, handle) }
        }
    }

    private func wait(
        for events: Int16, on handle: Handle, until deadline: ContinuousClock.Instant
    ) throws(StoreError) -> Int16 {
        var descriptor = pollfd(fd: PQsocket(handle.pointer), events: events, revents: 0)
        while true {
            let left = ContinuousClock.now.duration(to: deadline) / Duration.milliseconds(1)
            guard left > 0 else {
                close()
                throw .unreachable("\(address) did not answer in time")
            }
            let ready = poll(&descriptor, 1, Int32(min(left.rounded(.up), 1e9)))
            if ready > 0 { return descriptor.revents }
            if ready < 0, errno != EINTR {
                close()
                throw .unreachable("waiting for \(address) failed: error \(errno)")
            }
        }
    }

    private func check(_ succeeded: Bool, _ handle: Handle) throws(StoreError) {
        guard !succeeded else { return }
        close()
        throw .unreachable("\(address): \(address.redact(message(of: handle)))")
    }

    private func message(of handle: Handle) -> String {
        String(cString: PQerrorMessage(handle.pointer))
    }
}

// MARK: - Addresses

extension PostgresConnection {
    /// One setting that libpq read from an address.
    struct Setting {
        let key: String
        let value: String
        /// Passwords and the like.
        let isSecret: Bool
    }

    /// The settings that an address names, or libpq's reason why it is none.
    static func settings(of text: String) -> Result<[Setting], ConnectionRefusal> {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            defer { PQfreemem(message) }
            return .failure(ConnectionRefusal(message: message.map { String(cString: $0) } ?? ""))
        }
        defer { PQconninfoFree(options) }
        var settings: [Setting] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                let mark = option.pointee.dispchar.map { String(cString: $0) }
                settings.append(
                    Setting(
                        key: String(cString: keyword), value: String(cString: value), isSecret: mark == "*"))
            }
            option += 1
        }
        return .success(settings)
    }

    /// Every key that an address may name.
    static func knownKeys() -> [String] {
        guard let options = PQconndefaults() else { return [] }
        defer { PQconninfoFree(options) }
        var keys: [String] = []
        var option = options
        while let keyword = option.pointee.keyword {
            keys.append(String(cString: keyword))
            option += 1
        }
        return keys
    }

    private static func start(_ address: DatabaseAddress) -> OpaquePointer? {
        withConnectionTexts(of: address) { PQconnectStartParams($0, $1, 0) }
    }

    /// Lends the settings as two lists of C strings that end with nil.
    private static func withConnectionTexts<Result>(
        of address: DatabaseAddress,
        _ body: ([UnsafePointer<CChar>?], [UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        let settings = address.connectionSettings.sorted { $0.key < $1.key }
        let keys = settings.map { strdup($0.key) }
        let values = settings.map { strdup($0.value) }
        defer { for copy in keys + values { free(copy) } }
        return body(keys.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil])
    }
}
