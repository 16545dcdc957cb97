import Experiments

/// A value of a native configuration that is not a size: its name, what it may
/// be at all, and where it stands.
struct NativeSetting: Sendable {
    enum Kind: Sendable {
        case real(any WritableKeyPath<NativeSettings, Double> & Sendable, above: Bool, ClosedRange<Double>)
        case integer(any WritableKeyPath<NativeSettings, Int> & Sendable, ClosedRange<Int>)
        case name(any WritableKeyPath<NativeSettings, String> & Sendable, [String])
    }

    var name: String
    var kind: Kind
    /// In the presets; nil is left at its default unless a study overrides it.
    var domain: ParameterDomain?
    /// The component without which it has no meaning.
    var component: String?

    /// In the order of the preset.
    static let all: [NativeSetting] = [
        NativeSetting(
            name: "lora.alpha_over_rank", kind: .real(\.alphaOverRank, above: true, 0...1000),
            domain: .levels([0.5, 1, 2, 4]), component: "lora"),
        NativeSetting(
            name: "lora.dropout", kind: .real(\.loraDropout, above: false, 0...0.99),
            domain: .levels([0, 0.05, 0.1]), component: "lora"),
        NativeSetting(
            name: "bottleneck.scale", kind: .real(\.bottleneckScale, above: true, 0...1000),
            domain: .levels([0.5, 1, 2, 4]), component: "bottleneck"),
        NativeSetting(
            name: "unfreeze.learning_rate_scale", kind: .real(\.unfreezeScale, above: true, 0...1),
            domain: .levels([0.03, 0.1, 0.3, 1]), component: "unfreeze"),
        NativeSetting(
            name: "head.pooler", kind: .name(\.poolerName, HeadSettings.Pooler.allCases.map(\.rawValue)),
            domain: .choice(["trained", "frozen"])),
        NativeSetting(
            name: "training.learning_rate", kind: .real(\.training.learningRate, above: true, 0...10),
            domain: .real(lower: 1e-4, upper: 1e-2, scale: .log)),
        NativeSetting(
            name: "training.epochs", kind: .integer(\.training.epochs, 1...1000),
            domain: .integer(lower: 1, upper: 3, scale: .linear)),
        NativeSetting(name: "head.dropout", kind: .real(\.head.dropout, above: false, 0...0.99)),
        NativeSetting(name: "training.batch_size", kind: .integer(\.training.batchSize, 1...4096)),
        NativeSetting(name: "training.warmup", kind: .real(\.training.warmup, above: false, 0...1)),
        NativeSetting(
            name: "training.weight_decay", kind: .real(\.training.weightDecay, above: false, 0...10)),
        NativeSetting(
            name: "training.schedule",
            kind: .name(\.scheduleName, TrainingSettings.Schedule.allCases.map(\.rawValue))),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> NativeSetting? { byName[name] }

    func read(_ settings: NativeSettings) -> JSON {
        switch kind {
        case .real(let path, _, _): .number(settings[keyPath: path])
        case .integer(let path, _): .integer(settings[keyPath: path])
        case .name(let path, _): .string(settings[keyPath: path])
        }
    }

    /// False when the value is not one that the setting may have.
    func write(_ value: JSON, to settings: inout NativeSettings) -> Bool {
        guard accepts(value) else { return false }
        switch kind {
        case .real(let path, _, _): settings[keyPath: path] = value.number!
        case .integer(let path, _): settings[keyPath: path] = value.integer!
        case .name(let path, _): settings[keyPath: path] = value.string!
        }
        return true
    }

    func accepts(_ value: JSON) -> Bool {
        switch kind {
        case .real(_, let above, let range):
            value.number.map { range.contains($0) && (!above || $0 > range.lowerBound) } ?? false
        case .integer(_, let range): value.integer.map(range.contains) ?? false
        case .name(_, let names): value.string.map(names.contains) ?? false
        }
    }

    /// What it may be, for messages.
    var permitted: String {
        switch kind {
        case .real(_, let above, let range):
            "numbers \(above ? "above" : "from") \(range.lowerBound) to \(range.upperBound)"
        case .integer(_, let range): "whole numbers from \(range.lowerBound) to \(range.upperBound)"
        case .name(_, let names): "a choice of \(names.joined(separator: ", "))"
        }
    }
}

extension NativeSettings {
    fileprivate var poolerName: String {
        get { head.pooler.rawValue }
        set { head.pooler = HeadSettings.Pooler(rawValue: newValue) ?? head.pooler }
    }

    fileprivate var scheduleName: String {
        get { training.schedule.rawValue }
        set { training.schedule = TrainingSettings.Schedule(rawValue: newValue) ?? training.schedule }
    }
}
