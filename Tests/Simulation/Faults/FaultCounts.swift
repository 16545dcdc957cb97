/// What went wrong in a simulation, and how often.
public struct FaultCounts: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case lostCall = "calls lost"
        case lostReply = "replies lost after the effect"
        case lateCall = "calls that arrived after their client gave up"
        case slowCall = "calls delayed by seconds"
        case heldWrite = "writes held up beyond the lease"
        case workerKill = "workers killed"
        case workerTermination = "workers terminated in order"
        case workerPause = "workers paused beyond their lease"
        case workerCut = "workers cut off"
        case controllerKill = "controllers killed"
        case controllerPause = "controllers paused"
        case secondController = "second controllers"
        case controllerCut = "controllers cut off"
        case storeOutage = "outages of the store"
        case trainerCrash = "crashes of trainers"
        case workerDrain = "workers drained"
        case studyPause = "studies paused and resumed"
        case studyStop = "studies stopped"
        case studyCancellation = "studies stopped at once"
        case studyResumption = "stops taken back"
    }

    public private(set) var counts: [Kind: Int] = [:]

    mutating func add(_ kind: Kind) { counts[kind, default: 0] += 1 }

    public static func + (a: FaultCounts, b: FaultCounts) -> FaultCounts {
        var sum = FaultCounts()
        sum.counts = a.counts.merging(b.counts, uniquingKeysWith: +)
        return sum
    }
}
