import Experiments

extension EncoderBlock {
    /// The additions that are adapters by themselves.
    var adapters: [Bottleneck.Placement: BottleneckAdapter] {
        additions.compactMapValues { $0 as? BottleneckAdapter }
    }
}
