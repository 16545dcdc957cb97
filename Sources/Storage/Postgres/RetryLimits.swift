/// How long, and how often, a call is repeated while the database is away.
public struct RetryLimits: Sendable {
    /// No new try begins after this much waiting; zero means one try.
    public var total: Duration
    /// The longest first wait.
    public var base: Duration
    /// The longest wait of all: work goes on within this time of the database's
    /// return.
    public var cap: Duration

    public init(
        total: Duration = .seconds(60), base: Duration = .milliseconds(50), cap: Duration = .seconds(2)
    ) {
        self.total = total
        self.base = base
        self.cap = cap
    }

    /// Full jitter: uniform between nothing and the doubled base, so that many
    /// clients of one restarted server do not return at once.
    /// - Parameter failures: so far, from 1.
    package func delay(after failures: Int, using generator: inout any RandomNumberGenerator) -> Duration {
        let ceiling = min(cap, base * (1 << min(failures - 1, 20)))
        return ceiling * Double.random(in: 0...1, using: &generator)
    }
}
