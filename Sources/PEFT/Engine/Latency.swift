/// The time of one prediction at batch 1.
struct Latency {
    /// The median over the examples.
    let milliseconds: Double
    static let examples = 100

    /// Measures up to 100 examples, spread over the split, after three that do
    /// not count.
    init(of network: Transformer, on split: EncodedSplit, meter: any ResourceMeter) {
        let chosen = split.spread(Self.examples)
        for index in chosen.prefix(3) { _ = network.logits(of: split.batch([index])) }
        let seconds = chosen.map { index in
            let batch = split.batch([index])
            let start = meter.monotonicSeconds()
            _ = network.logits(of: batch)
            return meter.monotonicSeconds() - start
        }
        milliseconds = 1000 * (seconds.sorted().dropFirst(chosen.count / 2).first ?? 0)
    }
}
