/// What the engine reads of clocks and memory: an argument, so that nothing in
/// this target asks the system for the time.
public protocol ResourceMeter: Sendable {
    /// CPU time of the calling thread. A trial has one thread, so this is its
    /// time without the pauses that neighbours impose.
    func threadSeconds() -> Double
    /// A clock that never goes back.
    func monotonicSeconds() -> Double
    /// Starts a new peak.
    func resetPeakMemory()
    /// The largest resident memory of the process since the last reset; nil
    /// where the system does not say.
    func peakMemoryBytes() -> Int?
}
