import Experiments
import LinearAlgebra
import PEFT
import TestSupport

extension ConfigurationCase {
    /// Those of the golden values, under their names; a fusion needs trained
    /// adapters.
    static let golden = GoldenCase.names.filter { !$0.contains("/") }.compactMap { name in
        (try? GoldenCase.json("\(name).json")).flatMap { record in
            guard record["task"] == nil, let json = record["configuration"],
                let configuration = try? Configuration(json: json),
                !configuration.components.contains(where: { $0.value is AdapterFusion })
            else { return nil as ConfigurationCase? }
            return ConfigurationCase(name, configuration.components, pooler: configuration.head.pooler)
        }
    }

    /// What a fresh network is beside the base.
    enum Freshness {
        /// The same, bit for bit: adding a product with 0 changes no bit.
        case identity
        /// The same but for rounding.
        case rounding
        /// Another function, because.
        case another(String)
    }

    var freshness: Freshness {
        let methods = configuration.components.map(\.value)
        if methods.contains(where: { $0 is NF4Quantization }) {
            return .another("it rounds the frozen weights")
        }
        if methods.contains(where: { $0 is PrefixTuning || $0 is PromptTuning }) {
            return .another("attention sees its virtual tokens from the start")
        }
        return methods.contains(where: Self.isRounded) ? .rounding : .identity
    }

    /// PiSSA and MiLoRA give the weight back what they took from it; where a
    /// gate reads whole sequences, the last block computes other shapes.
    private static func isRounded(_ method: any AdaptationMethod) -> Bool {
        switch method {
        case let lora as LoRA: lora.start != .kaiming || lora.gate
        case let bottleneck as Bottleneck: bottleneck.gate
        default: false
        }
    }

    /// Why its components cannot become plain weights; nil where they can.
    var mergeObstacle: String? {
        Configuration(components: configuration.components).obstacles(
            to: .merged, for: "bert", task: .classification
        ).first
    }

    /// Why the gradient is not the loss's slope; nil where it is.
    var slopeObstacle: String? {
        configuration.components.contains { ($0.value as? LoRA)?.variant == .dora }
            ? "its gradient takes the length of a row for a constant, as the paper and PEFT do" : nil
    }

    /// Whether a step of finite differences may pass a point that has no slope.
    var hasKinks: Bool {
        configuration.components.contains { ($0.value as? Bottleneck)?.activation == .relu }
    }

    /// Whether few steps may leave out the lowest adapters each time.
    var dropsLayers: Bool {
        configuration.components.contains { ($0.value as? Bottleneck).map { $0.droppedLayers > 1 } ?? false }
    }

    /// Keeps the error for the page of all methods.
    func record(_ check: MeasuredErrors.Check, _ error: Double, tolerance: Double) {
        MeasuredErrors.record(check, of: testDescription, error: error, tolerance: tolerance)
    }

    func record(_ check: MeasuredErrors.Check, impossible reason: String) {
        MeasuredErrors.record(check, of: testDescription, impossible: reason)
    }
}
