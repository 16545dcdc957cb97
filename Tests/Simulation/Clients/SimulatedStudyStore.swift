import Experiments

/// What a simulated controller has for a store. It makes the calls that a
/// controller makes; what only people and readers call is refused.
struct SimulatedStudyStore: StudyStore {
    let client: SimulatedClient

    func study(named name: String) async throws -> StoredStudy? {
        guard case .study(let study) = try await client.call(.study(name)) else { return nil }
        return study
    }

    func trials(of study: StudyID) async throws -> [Trial] {
        guard case .trials(let trials) = try await client.call(.trials(study)) else { return [] }
        return trials
    }

    func frontVersions(of study: StudyID) async throws -> [FrontVersion] {
        guard case .frontVersions(let versions) = try await client.call(.frontVersions(study)) else {
            return []
        }
        return versions
    }

    func progress(of study: StudyID) async throws -> StudyProgress {
        guard case .progress(let progress) = try await client.call(.progress(study)) else {
            throw StoreError.studyDeleted
        }
        return progress
    }

    func spending(of study: StudyID) async throws -> SearchSpending {
        guard case .spending(let spending) = try await client.call(.spending(study)) else {
            throw StoreError.studyDeleted
        }
        return spending
    }

    func control(_ study: StudyID, epoch: Int?, seconds: Double) async throws -> Int? {
        let call = StoreCall.control(study, epoch: epoch, seconds: seconds, mark: client.mark)
        guard case .epoch(let granted) = try await client.call(call) else { return nil }
        return granted
    }

    func propose(_ trials: [ProposedTrial], to study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.propose(trials, study, epoch: epoch))
    }

    func promote(_ trials: [PromotedTrial], in study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.promote(trials, study, epoch: epoch))
    }

    func derive(_ trials: [DerivedTrial], in study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.derive(trials, study, epoch: epoch))
    }

    func stop(_ trials: [Int], in study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.stop(trials, study, epoch: epoch))
    }

    func cut(_ study: StudyID, at cut: SearchCut, under limits: SearchLimits, epoch: Int) async throws {
        _ = try await client.call(.cut(cut, under: limits, study, epoch: epoch))
    }

    func append(_ versions: [FrontVersion], to study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.append(versions, study, epoch: epoch))
    }

    func requestReplicates(
        _ replicates: [RequestedReplicate], in study: StudyID, epoch: Int
    ) async throws {
        _ = try await client.call(.requestReplicates(replicates, study, epoch: epoch))
    }

    func requestTests(of trials: [Int], in study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.requestTests(trials, study, epoch: epoch))
    }

    func setState(_ state: StudyState, of study: StudyID, epoch: Int) async throws {
        _ = try await client.call(.setState(state, study, epoch: epoch))
    }

    @discardableResult func expireLeases() async throws -> Int {
        guard case .count(let count) = try await client.call(.expireLeases) else { return 0 }
        return count
    }

    // MARK: Of people and readers

    private static let unused = StoreError.refused("no controller calls this")

    func create(_ study: Study) async throws -> StoredStudy { throw Self.unused }
    func studies() async throws -> [StoredStudy] { throw Self.unused }
    func delete(_ study: StudyID) async throws { throw Self.unused }
    func extend(_ study: StudyID, trials: Int) async throws { throw Self.unused }
    func workers() async throws -> [KnownWorker] { throw Self.unused }
    @discardableResult func drain(_ worker: WorkerID?) async throws -> Int { throw Self.unused }
    func pause(_ study: StudyID) async throws { throw Self.unused }
    func resume(_ study: StudyID) async throws { throw Self.unused }
    func stop(_ study: StudyID, now: Bool) async throws { throw Self.unused }
    func extend(_ study: StudyID, limits: SearchLimits) async throws { throw Self.unused }
    func attempts(at trial: Int, of study: StudyID) async throws -> [Attempt] { throw Self.unused }
    func running(in study: StudyID) async throws -> [RunningTrial] { throw Self.unused }
}
