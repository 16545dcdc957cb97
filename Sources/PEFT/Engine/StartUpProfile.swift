/// Where the time passes between an assignment and the first steps of its
/// training.
public struct StartUpProfile: Sendable {
    /// One stage, in the order in which they pass.
    public enum Stage: String, Sendable, Hashable, CaseIterable {
        case hashes = "hashing the model's files"
        case weights = "opening the weights"
        case tokens = "reading or making the tokens"
        case network = "attaching the components"
        case states = "opening or making the hidden states"
        case firstStep = "first step, with packing and code for its shapes"
        case secondStep = "second step"
    }

    /// Seconds of the day by stage; a stage that did not come is absent.
    public private(set) var seconds: [Stage: Double] = [:]
    private let meter: any ResourceMeter
    private var last: Double

    init(_ meter: any ResourceMeter) {
        self.meter = meter
        last = meter.monotonicSeconds()
    }

    /// What has passed since the last stage ended, or since the beginning,
    /// belongs to this one.
    mutating func end(_ stage: Stage) {
        let now = meter.monotonicSeconds()
        seconds[stage, default: 0] += now - last
        last = now
    }

    /// From the assignment to the first step.
    public var untilFirstStep: Double {
        Stage.allCases.filter { $0 != .firstStep && $0 != .secondStep }.reduce(0) { $0 + (seconds[$1] ?? 0) }
    }
}
