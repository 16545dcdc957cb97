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
    /// Of training to the rung at which it is reported.
    public static let energy = "energy_joules"
    public static let loss = "loss"
    /// The share of examples that get their label.
    public static let accuracy = "accuracy"
    /// The mean over labels of F1, the harmonic mean of precision and recall.
    public static let macroF1 = "macro_f1"
    /// Matthews' correlation of labels and predictions.
    public static let mcc = "mcc"
    public static let pearson = "pearson"
    public static let spearman = "spearman"
    /// In the square of the labels' unit.
    public static let squaredError = "mse"
    /// In the labels' unit.
    public static let absoluteError = "mae"
    /// F1 of whole spans with their types, as conlleval counts them.
    public static let spanF1 = "span_f1"
    public static let spanPrecision = "span_precision"
    public static let spanRecall = "span_recall"
    /// The share of words that get their tag.
    public static let tokenAccuracy = "token_accuracy"

    /// The lower end of a metric's bootstrap interval.
    public static func low(of metric: String) -> String { "\(metric)_low" }
    /// The upper end of a metric's bootstrap interval.
    public static func high(of metric: String) -> String { "\(metric)_high" }

    /// All that the native engine measures on the validation split of a task,
    /// sorted.
    public static func native(for kind: TaskDefinition.Kind) -> [String] {
        let costs = [
            adapterBytes, flopsPerExample, latency, peakMemory, trainSeconds, trainableParameters,
            validationSeconds,
        ]
        return (kind.qualityMetrics + costs).sorted()
    }

    /// What each is, for the native engine; others are deterministic.
    public static func kind(of name: String) -> Measurement.Kind {
        switch name {
        case trainableParameters, adapterBytes, flopsPerExample: .exact
        case trainSeconds, validationSeconds, peakMemory, latency, energy: .observed
        default: ExportFormat(metric: name) == nil ? .deterministic : .exact
        }
    }
}
