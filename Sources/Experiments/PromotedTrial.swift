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

extension Trial {
    /// Is ready for the rung that it is promoted to; of a promotion that it
    /// has, the virtual time is taken over.
    /// - Returns: whether nothing of it was new.
    @discardableResult
    public mutating func take(_ promoted: PromotedTrial) -> Bool {
        guard rungs.indices.contains(promoted.rung) else {
            rungs.append(TrialRung(span: promoted.span, isProvisional: promoted.isProvisional))
            rung = promoted.rung
            state = .ready
            return false
        }
        let old = rungs[promoted.rung]
        rungs[promoted.rung].span = promoted.span
        rungs[promoted.rung].isProvisional = promoted.isProvisional
        return rungs[promoted.rung] == old
    }
}
