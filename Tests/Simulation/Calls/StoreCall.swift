public import Experiments

/// A call of the store as it crosses the network: what is sent, delayed, lost,
/// repeated, recorded, and made again on PostgreSQL.
public enum StoreCall: Sendable, Hashable {
    // Of workers.
    case register(WorkerDescription)
    case checkIn(WorkerID, isLeaving: Bool)
    case claim(ClaimRequest)
    case renew(WorkToken, seconds: Double, [Report])
    case finish(WorkToken, TrialResult)
    case finishAndClaim(WorkToken, TrialResult, ClaimRequest)
    case fail(WorkToken, TrialFailure)
    case giveBack(WorkToken)
    // Of controllers.
    case create(Study)
    case study(String)
    case control(StudyID, epoch: Int?, seconds: Double, mark: UInt64)
    case propose([ProposedTrial], StudyID, epoch: Int)
    case promote([PromotedTrial], StudyID, epoch: Int)
    case derive([DerivedTrial], StudyID, epoch: Int)
    case stop([Int], StudyID, epoch: Int)
    case cut(SearchCut, under: SearchLimits, StudyID, epoch: Int)
    case append([FrontVersion], StudyID, epoch: Int)
    case requestReplicates([RequestedReplicate], StudyID, epoch: Int)
    case requestTests([Int], StudyID, epoch: Int)
    case setState(StudyState, StudyID, epoch: Int)
    case expireLeases
    // Of people.
    case pause(StudyID)
    case resume(StudyID)
    case stopStudy(StudyID, now: Bool)
    case drain(WorkerID)
    // Of readers.
    case trials(StudyID)
    case frontVersions(StudyID)
    case progress(StudyID)
    case spending(StudyID)
}

/// What the store says to a call.
public enum StoreAnswer: Sendable, Hashable {
    case done
    case worker(WorkerID)
    case drains(Bool)
    case claim(Claim?)
    case epoch(Int?)
    case count(Int)
    case study(StoredStudy?)
    case trials([Trial])
    case frontVersions([FrontVersion])
    case progress(StudyProgress)
    case spending(SearchSpending)
    case fenced
    /// Whatever else it throws; two stores say it in words of their own.
    case refused

    /// How a client of the protocols hears of it.
    public func get() throws -> StoreAnswer {
        switch self {
        case .fenced: throw StoreError.fenced
        case .refused: throw StoreError.refused("by the simulated store")
        default: return self
        }
    }
}
