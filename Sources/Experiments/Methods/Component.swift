/// One adaptation method with its sizes and settings, as a configuration holds
/// it.
public struct Component: Sendable, Hashable {
    package let value: any AdaptationMethod

    package init(_ value: some AdaptationMethod) { self.value = value }

    /// Every method there is, in the canonical order.
    package static let methods: [any AdaptationMethod.Type] = [
        NF4Quantization.self, LoRA.self, AdaLoRA.self, VeRA.self, MiSS.self, HiRA.self, SHiRA.self, IA3.self,
        Bottleneck.self, AdapterFusion.self,
        PrefixTuning.self, PrefixTuningPlus.self, PromptTuning.self, BiasTuning.self,
        LayerNormTuning.self, Unfreezing.self,
    ]

    package static func method(named name: String) -> (any AdaptationMethod.Type)? {
        methods.first { $0.name == name }
    }

    public static func == (a: Component, b: Component) -> Bool {
        AnyHashable(a.value) == AnyHashable(b.value)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(value)) }
}

extension Component {
    public static func nf4(_ nf4: NF4Quantization) -> Self { Self(nf4) }
    public static func lora(_ lora: LoRA) -> Self { Self(lora) }
    public static func adalora(_ adalora: AdaLoRA) -> Self { Self(adalora) }
    public static func vera(_ vera: VeRA) -> Self { Self(vera) }
    public static func miss(_ miss: MiSS) -> Self { Self(miss) }
    public static func hira(_ hira: HiRA) -> Self { Self(hira) }
    public static func shira(_ shira: SHiRA) -> Self { Self(shira) }
    public static func ia3(_ ia3: IA3) -> Self { Self(ia3) }
    public static func bottleneck(_ bottleneck: Bottleneck) -> Self { Self(bottleneck) }
    public static func fusion(_ fusion: AdapterFusion) -> Self { Self(fusion) }
    public static func prefix(_ prefix: PrefixTuning) -> Self { Self(prefix) }
    public static func prefixPlus(_ plus: PrefixTuningPlus) -> Self { Self(plus) }
    public static func prompt(_ prompt: PromptTuning) -> Self { Self(prompt) }
    public static func bias(_ bias: BiasTuning) -> Self { Self(bias) }
    public static func layerNorm(_ norm: LayerNormTuning) -> Self { Self(norm) }
    public static func unfreeze(_ unfreezing: Unfreezing) -> Self { Self(unfreezing) }
}

extension Component {
    /// The name in JSON.
    public var method: String { type(of: value).name }

    /// Its settings without its sizes.
    package var prototype: Component {
        func open(_ value: some AdaptationMethod) -> Component { Component(value.prototype) }
        return open(value)
    }

    /// The blocks it names.
    public var layers: [Int] { value.namedLayers }

    /// Of its method among all.
    var methodOrder: Int { Self.methods.firstIndex { $0.name == method } ?? Self.methods.count }

    var json: JSON { .object([method: value.content]) }

    init(json: JSON, subject: String, path: String) throws(InputError) {
        let names = Self.methods.map { $0.name }
        guard case .object(let members) = json, members.count == 1, let (method, content) = members.first
        else {
            throw InputError(
                subject, key: path,
                reason: "expected a map with one key, the component (\(names.joined(separator: ", ")))")
        }
        guard let type = Self.method(named: method) else {
            throw InputError(
                subject, key: "\(path).\(method)",
                reason: "is not a component; known are \(names.joined(separator: ", "))",
                suggestion: InputError.nearest(to: method, in: names))
        }
        var reader = try JSONObjectReader(content, subject: subject, path: "\(path).\(method)")
        self.init(try type.init(content: &reader))
    }
}
