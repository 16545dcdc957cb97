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

    public init(_ client: PostgresClient) {
        self.client = client
    }

    public func register(_ worker: WorkerDescription) async throws -> WorkerID {
        // Made here, so that a repeat of the call registers nothing new.
        var generator = SystemRandomNumberGenerator()
        let identifier = (0..<16).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        try await client.query(
            .registerWorker,
            [
                .text(identifier), .text(worker.host), .integer(worker.processIdentifier),
                .integer(worker.slots),
            ])
        return identifier
    }

    public func claim(
        worker: WorkerID, study: StudyID?, except refused: Set<StudyID>, leaseSeconds: Double
    ) async throws -> Claim? {
        // The mark lets a repeat of this very call find the lease it made.
        let mark = UUID().uuidString
        return try await client.query(
            .claim,
            [
                .text(worker), .integer(study), .double(leaseSeconds), .text(mark),
                .json(.array(refused.sorted().map(JSON.integer))),
            ]
        ).first.map(Claim.init)
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
        let all = result.measurements + result.derived.flatMap(\.measurements)
        for measurement in all where !measurement.value.isFinite {
            throw StoreError.refused("the measurement \(measurement.name) is not finite")
        }
        try await client.query(
            .finish,
            token.parameters + [
                .json(.array(result.measurements.map(\.parameter))), .text(result.computeClass),
                .text(result.artifact), .json(.array(result.derived.map(\.parameter))),
                result.record.map { .json($0.json) } ?? .null,
            ])
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
    init(_ row: PostgresRow) throws {
        self.init(
            token: WorkToken(
                study: try row.integer("study_id"), trial: try row.integer("trial_number"),
                rung: try row.integer("rung"), purpose: try row.value("purpose"),
                attempt: try row.integer("attempt")),
            study: try Study(row), seed: try row.unsigned("seed"),
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
