public import Experiments
import Foundation

/// The workers' side of the queue in PostgreSQL.
///
/// Every call is one call of a function in the database, which checks the
/// attempt; a role that may do nothing else is enough.
public struct PostgresTrialQueue: TrialQueue {
    /// Of a failure's detail, in bytes of UTF-8.
    private static let detailLimit = 16_384

    private let client: PostgresClient
    private let studies = ParsedStudies()

    public init(_ client: PostgresClient) {
        self.client = client
    }

    /// The study of that name, to claim from it alone; nil when there is none.
    public func findStudy(named name: String) async throws -> StudyID? {
        try await client.query(.findStudy, [.text(name)]).first?.optionalInteger("id")
    }

    public func register(_ worker: WorkerDescription) async throws -> WorkerID {
        // Made here, so that a repeat of the call registers nothing new.
        var generator = SystemRandomNumberGenerator()
        let identifier = (0..<16).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        try await register(worker, as: identifier)
        return identifier
    }

    package func register(_ worker: WorkerDescription, as identifier: WorkerID) async throws {
        try await client.query(
            .registerWorker,
            [
                .text(identifier), .text(worker.host), .integer(worker.processIdentifier),
                .integer(worker.slots), .text(worker.program), .text(worker.computeClass),
            ])
    }

    public func checkIn(_ worker: WorkerID, isLeaving: Bool) async throws -> Bool {
        try await client.query(.checkIn, [.text(worker), .text(isLeaving ? "true" : "false")])
            .first?.bool("drains") ?? false
    }

    public func claim(_ request: ClaimRequest) async throws -> Claim? {
        try await client.query(.claim, request.parameters).first.map(claim)
    }

    private func claim(_ row: PostgresRow) throws -> Claim {
        try Claim(row, of: studies.study(in: row))
    }

    public func renew(_ token: WorkToken, leaseSeconds: Double, reports: [Report]) async throws {
        for report in reports {
            for (name, value) in report.metrics where !value.isFinite {
                throw StoreError.refused("the report of step \(report.step): \(name) is not finite")
            }
        }
        try await client.query(
            .renewAndReport,
            token.parameters + [.double(leaseSeconds), .json(.array(reports.map(\.parameter)))])
    }

    public func finish(_ token: WorkToken, with result: TrialResult) async throws {
        try await client.query(.finish, token.parameters + result.parameters())
    }

    public func finish(
        _ token: WorkToken, with result: TrialResult, thenClaim request: ClaimRequest
    ) async throws -> Claim? {
        try await client.query(
            .finishAndClaim, token.parameters + result.parameters() + request.parameters
        ).first.map(claim)
    }

    public func fail(_ token: WorkToken, because failure: TrialFailure) async throws {
        try await client.query(
            .fail,
            token.parameters + [
                .text(failure.reason.rawValue), .text(failure.detail.storable(within: Self.detailLimit)),
            ])
    }

    public func giveBack(_ token: WorkToken) async throws {
        try await client.query(.giveBack, token.parameters)
    }
}

extension Claim {
    init(_ row: PostgresRow, of study: Study) throws {
        self.init(
            token: WorkToken(
                study: try row.integer("study_id"), trial: try row.integer("trial_number"),
                rung: try row.integer("rung"), purpose: try row.value("purpose"),
                attempt: try row.integer("attempt")),
            study: study, seed: try row.unsigned("seed"),
            configuration: try row.json("configuration"), artifact: try row.optionalText("artifact"))
        if try row.optionalText("parent_configuration") != nil {
            origin = TensorOrigin(
                configuration: try row.json("parent_configuration"),
                artifact: try row.optionalText("parent_artifact"))
        }
    }
}

extension WorkToken {
    fileprivate var parameters: [SQLValue] {
        [.integer(study), .integer(trial), .integer(rung), .text(purpose.rawValue), .integer(attempt)]
    }
}

extension ClaimRequest {
    fileprivate var parameters: [SQLValue] {
        [
            .text(worker), .integer(study), .double(leaseSeconds), .text(mark.uuidString),
            .json(.array(refused.sorted().map(JSON.integer))),
        ]
    }
}

extension TrialResult {
    fileprivate func parameters() throws(StoreError) -> [SQLValue] {
        for measurement in measurements + derived.flatMap(\.measurements) where !measurement.value.isFinite {
            throw .refused("the measurement \(measurement.name) is not finite")
        }
        return [
            .json(.array(measurements.map(\.parameter))), .text(computeClass), .text(artifact),
            .json(.array(derived.map(\.parameter))), record.map { .json($0.json) } ?? .null,
        ]
    }
}

extension String {
    /// The last part of a log that the database can hold: no U+0000, and at
    /// most `limit` bytes of UTF-8.
    fileprivate func storable(within limit: Int) -> String {
        var bytes = Array(replacing("\0", with: "\u{FFFD}").utf8.suffix(limit))
        // A character cut in two begins with continuation bytes.
        while let first = bytes.first, first & 0xC0 == 0x80 { bytes.removeFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
