/// A trial that the controller lets go on to its next rung.
public struct PromotedTrial: Sendable, Hashable {
    /// Of the trial.
    public var number: Int
    /// The rung to reach, from 1.
    public var rung: Int
    /// Of the training from the rung before.
    public var span: VirtualSpan
    /// See `TrialRung`.
    public var isProvisional: Bool

    /// A promotion of a trial.
    public init(number: Int, rung: Int, span: VirtualSpan, isProvisional: Bool = false) {
        self.number = number
        self.rung = rung
        self.span = span
        self.isProvisional = isProvisional
    }
}
