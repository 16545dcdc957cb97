/// A trial's training to one rung: when the plan runs it, and what it gave.
public struct TrialRung: Sendable, Hashable {
    /// From the end of the rung before, in virtual time.
    public var span: VirtualSpan
    /// Whether it was decided after the last proposal of the budget. A budget
    /// that grows decides it anew; what it gave stays.
    public var isProvisional: Bool
    /// Sorted by name; empty until the rung is reached.
    public var measurements: [Measurement]

    /// A rung as it was decided, or as it is stored.
    public init(span: VirtualSpan, isProvisional: Bool = false, measurements: [Measurement] = []) {
        self.span = span
        self.isProvisional = isProvisional
        self.measurements = measurements
    }
}
