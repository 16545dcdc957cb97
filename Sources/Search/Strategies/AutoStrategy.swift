public import Experiments

/// The default: of the strategies what the benchmark of searches found best
/// (docs/decisions/0021-auto.md).
///
/// Gaussian processes propose as long as they can know all trials. In a native
/// space every third proposal is by Parzen estimators, which err elsewhere;
/// among more trials it is two of three.
public struct AutoStrategy: Strategy {
    /// See `Strategy`.
    public let name = "auto"
    /// See `Strategy`.
    public let version = 2
    private let process = GPStrategy()
    private let estimator = TPEStrategy()

    /// The strategy has no settings.
    public init() {}

    /// See `Strategy`.
    public func propose(_ context: ProposalContext) throws(InputError) -> Proposal? {
        let isThird = context.number % 3 == 2
        let isLong = context.trained.count > process.tuning.knownRows
        let isEstimated =
            switch context.space.meaning {
            case .native: isLong != isThird
            default: isLong && !isThird
            }
        return try isEstimated ? estimator.propose(context) : process.propose(context)
    }
}
