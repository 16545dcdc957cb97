public import Experiments
package import Foundation

/// The store of studies in PostgreSQL.
///
/// Each call is one statement, but for `create`, which also reads what is then
/// stored; what writes calls a function of the database, which holds the rules.
public struct PostgresStudyStore: StudyStore {
    let client: PostgresClient

    public init(_ client: PostgresClient) {
        self.client = client
    }

    public func create(_ study: Study) async throws -> StoredStudy {
        let hash = study.identityHash
        try await client.query(
            .createStudy,
            [
                .text(study.name), .text(hash), .json(study.json), .integer(study.search.trials),
            ])
        guard let stored = try await self.study(named: study.name) else { throw StoreError.studyDeleted }
        guard stored.hash == hash else {
            throw StoreError.studyDiffers(study.differences(from: stored.study))
        }
        return stored
    }

    public func study(named name: String) async throws -> StoredStudy? {
        try await client.query(.studies, [.text(name)]).first.map(StoredStudy.init)
    }

    public func studies() async throws -> [StoredStudy] {
        try await client.query(.studies, [.null]).map(StoredStudy.init)
    }

    public func delete(_ study: StudyID) async throws {
        try await client.query(.deleteStudy, [.integer(study)])
    }

    public func extend(_ study: StudyID, trials: Int) async throws {
        try await client.query(.extendStudy, [.integer(study), .integer(trials)])
    }

    public func pause(_ study: StudyID) async throws {
        try await client.query(.pauseStudy, [.integer(study)])
    }

    public func resume(_ study: StudyID) async throws {
        try await client.query(.resumeStudy, [.integer(study)])
    }

    public func stop(_ study: StudyID, now: Bool) async throws {
        try await client.query(.stopStudy, [.integer(study), .text(now ? "true" : "false")])
    }
}

// MARK: - Reading

extension PostgresStudyStore {
    public func trials(of study: StudyID) async throws -> [Trial] {
        try await trials(of: study, .all)
    }

    public func trials(of study: StudyID, _ selection: TrialSelection) async throws -> [Trial] {
        let rows =
            switch selection {
            case .all: try await client.query(.trials, [.integer(study)])
            case .numbered([]), .ended([]): [PostgresRow]()
            case .numbered(let numbers):
                try await client.query(.numberedTrials, [.integer(study), .integers(numbers)])
            case .ended(let numbers):
                try await client.query(.endedTrials, [.integer(study), .integers(numbers)])
            case .page(let number, let limit):
                try await client.query(
                    .trialPage, [.integer(study), .integer(number ?? -1), .integer(max(0, limit))])
            case .front(let last):
                try await client.query(.frontCandidates, [.integer(study), .integers(last)])
            }
        return try rows.map(Trial.init)
    }

    public func attempts(at trial: Int, of study: StudyID) async throws -> [Attempt] {
        try await client.query(.attempts, [.integer(study), .integer(trial)]).map(Attempt.init)
    }

    public func running(in study: StudyID) async throws -> [RunningTrial] {
        try await client.query(.running, [.integer(study)]).map(RunningTrial.init)
    }

    public func frontVersions(of study: StudyID) async throws -> [FrontVersion] {
        try await client.query(.frontVersions, [.integer(study)]).map(FrontVersion.init)
    }

    public func newestFronts(of study: StudyID) async throws -> [FrontVersion] {
        try await client.query(.newestFronts, [.integer(study)]).map(FrontVersion.init)
    }

    public func progress(of study: StudyID) async throws -> StudyProgress {
        var progress = StudyProgress(trials: [:])
        var all = 0
        for row in try await client.query(.progress, [.integer(study)]) {
            let count = try row.integer("count")
            switch try row.text("kind") {
            case "test": progress.pendingTests = count
            case "replicate": progress.pendingReplicates = count
            case "trials": all = count
            case "derived": progress.derived = count
            case "is_paused": progress.isPaused = true
            default: progress.trials[try row.value("kind")] = count
            }
        }
        let ready = all - progress.derived - progress.trials.values.reduce(0, +)
        if ready > 0 { progress.trials[.ready] = ready }
        return progress
    }
}

// MARK: - Controlling

extension PostgresStudyStore {
    public func control(_ study: StudyID, epoch: Int?, seconds: Double) async throws -> Int? {
        try await control(study, epoch: epoch, seconds: seconds, mark: UUID())
    }

    /// The mark lets a repeat of this very call find what it already took.
    package func control(_ study: StudyID, epoch: Int?, seconds: Double, mark: UUID) async throws -> Int? {
        try await client.query(
            .takeControl, [.integer(study), .integer(epoch), .double(seconds), .text(mark.uuidString)]
        ).first?.optionalInteger("epoch")
    }

    public func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) async throws {
        try await client.query(
            .propose, [.integer(study), .integer(epoch), .json(.array(trials.map(\.parameter)))])
    }

    public func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) async throws {
        try await client.query(
            .promote, [.integer(study), .integer(epoch), .json(.array(trials.map(\.parameter)))])
    }

    public func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) async throws {
        try await client.query(
            .derive, [.integer(study), .integer(epoch), .json(.array(trials.map(\.parameter)))])
    }

    public func stop(_ trials: [Int], in study: StudyID, epoch: Int) async throws {
        try await client.query(.stopTrials, [.integer(study), .integer(epoch), .integers(trials)])
    }

    public func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) async throws {
        try await client.query(
            .appendFront, [.integer(study), .integer(epoch), .json(.array(versions.map(\.parameter)))])
    }

    public func requestTests(of trials: [Int], in study: StudyID, epoch: Int) async throws {
        try await client.query(.requestTests, [.integer(study), .integer(epoch), .integers(trials)])
    }

    public func setState(_ state: StudyState, of study: StudyID, epoch: Int) async throws {
        try await client.query(.setStudyState, [.integer(study), .integer(epoch), .text(state.rawValue)])
    }

    @discardableResult public func expireLeases() async throws -> Int {
        try await client.query(.expireLeases).first?.integer("ended") ?? 0
    }
}
