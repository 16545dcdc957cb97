/// A named number that a trial produced, with how it came about.
public struct Measurement: Sendable, Hashable {
    /// How far a number may be trusted to come out the same again.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        /// Counted or computed from the configuration: parameters, bytes, FLOPs.
        case exact
        /// A pure function of the trial's record within a compute class: quality.
        case deterministic
        /// Seconds, joules, memory: another run gives another number.
        case observed
    }

    /// In snake_case, with its unit where it has one: `latency_ms`.
    public var name: String
    /// Finite; what is unknown is not a measurement.
    public var value: Double
    public var kind: Kind
    /// How it was obtained, in a few words a reader can judge it by.
    public var method: String

    public init(_ name: String, _ value: Double, _ kind: Kind, method: String) {
        self.name = name
        self.value = value
        self.kind = kind
        self.method = method
    }
}

/// The measurements that this project makes itself; a command engine may
/// report any other name.
public enum MeasurementName {
    public static let trainableParameters = "trainable_parameters"
    public static let adapterBytes = "adapter_bytes"
    public static let flopsPerExample = "flops_per_example"
    public static let trainSeconds = "train_seconds"
    public static let validationSeconds = "validation_seconds"
    public static let peakMemory = "peak_memory_bytes"
    public static let latency = "latency_ms"
    public static let accuracy = "accuracy"
    public static let loss = "loss"

    /// All that the native engine measures on the validation split, sorted.
    public static let native = [
        accuracy, adapterBytes, flopsPerExample, latency, loss, peakMemory, trainSeconds, trainableParameters,
        validationSeconds,
    ].sorted()

    /// What each is, for the native engine; others are deterministic.
    public static func kind(of name: String) -> Measurement.Kind {
        switch name {
        case trainableParameters, adapterBytes, flopsPerExample: .exact
        case trainSeconds, validationSeconds, peakMemory, latency: .observed
        default: .deterministic
        }
    }
}
