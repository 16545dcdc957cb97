extension Configuration {
    /// The canonical form: components in a fixed order, sizes of 0 dropped,
    /// every setting written out.
    public var json: JSON {
        [
            "components": .array(canonicalComponents.map(\.json)),
            "head": head.json,
            "training": training.json,
        ]
    }

    /// - Throws: what is wrong, naming the key and the permitted range.
    public init(json: JSON, subject: String = "configuration") throws(InputError) {
        var reader = try JSONObjectReader(json, subject: subject)
        var components: [Component] = []
        for (index, value) in (try reader.array("components") ?? []).enumerated() {
            components.append(try Component(json: value, subject: subject, path: "components[\(index)]"))
        }
        head = try HeadSettings(reader.object("head"))
        training = try TrainingSettings(reader.object("training"))
        try reader.finish()
        self.components = components
        self.components = canonicalComponents
        try refuseDoubles(subject: subject)
    }

    /// Refuses a configuration that names blocks which the model lacks.
    public func check(against shape: ModelShape, subject: String = "configuration") throws(InputError) {
        let highest = components.flatMap(\.layers).max() ?? 0
        guard highest < shape.layers else {
            throw InputError(
                subject, key: "components",
                reason: "layer \(highest) does not exist: the model has layers 0 to \(shape.layers - 1)")
        }
    }

    private var canonicalComponents: [Component] {
        components.filter { !$0.isEmpty }.enumerated()
            .sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(\.element)
    }

    /// Two components of one kind at one place would need an order of their
    /// own, which the form does not have.
    private func refuseDoubles(subject: String) throws(InputError) {
        var seen: Set<String> = []
        for component in components where !seen.insert(component.place).inserted {
            throw InputError(
                subject, key: "components", reason: "\(component.place) stands twice",
                suggestion: "one component with all its sizes")
        }
    }
}

extension Component {
    /// The name in JSON.
    public var method: String {
        switch self {
        case .lora: "lora"
        case .bottleneck: "bottleneck"
        case .bias: "bias"
        case .layerNorm: "layernorm"
        case .unfreeze: "unfreeze"
        }
    }

    /// The blocks it names.
    public var layers: [Int] {
        switch self {
        case .lora(let lora): lora.ranks.keys.map(\.layer)
        case .bottleneck(let bottleneck): Array(bottleneck.widths.keys)
        case .bias(let bias): Array(bias.layers ?? [])
        case .layerNorm(let norm): Array(norm.layers ?? [])
        case .unfreeze(let unfreezing): Array(unfreezing.layers)
        }
    }

    fileprivate var place: String {
        if case .bottleneck(let bottleneck) = self { return "bottleneck at \(bottleneck.site.rawValue)" }
        return method
    }

    fileprivate var order: Int {
        switch self {
        case .lora: 0
        case .bottleneck(let bottleneck): 1 + Bottleneck.Placement.allCases.firstIndex(of: bottleneck.site)!
        case .bias: 10
        case .layerNorm: 11
        case .unfreeze: 12
        }
    }

    fileprivate var isEmpty: Bool {
        switch self {
        case .lora(let lora): lora.ranks.values.allSatisfy { $0 == 0 }
        case .bottleneck(let bottleneck): bottleneck.widths.values.allSatisfy { $0 == 0 }
        case .bias(let bias): bias.layers?.isEmpty ?? false
        case .layerNorm(let norm): norm.layers?.isEmpty ?? false
        case .unfreeze(let unfreezing): unfreezing.layers.isEmpty && !unfreezing.embeddings
        }
    }

    fileprivate var json: JSON {
        let content: JSON =
            switch self {
            case .lora(let lora):
                [
                    "ranks": Self.sizes(lora.ranks),
                    "alpha_over_rank": .number(lora.alphaOverRank), "dropout": .number(lora.dropout),
                ]
            case .bottleneck(let bottleneck):
                [
                    "site": .string(bottleneck.site.rawValue), "widths": Self.sizes(bottleneck.widths),
                    "activation": .string(bottleneck.activation.rawValue), "scale": .number(bottleneck.scale),
                ]
            case .bias(let bias): Self.layers(bias.layers)
            case .layerNorm(let norm): Self.layers(norm.layers)
            case .unfreeze(let unfreezing):
                [
                    "layers": .array(unfreezing.layers.sorted().map(JSON.integer)),
                    "embeddings": .bool(unfreezing.embeddings),
                    "learning_rate_scale": .number(unfreezing.learningRateScale),
                ]
            }
        return .object([method: content])
    }

    private static func sizes<Key: Hashable & CustomStringConvertible>(_ sizes: [Key: Int]) -> JSON {
        let present = sizes.filter { $0.value != 0 }
        return .object(
            Dictionary(uniqueKeysWithValues: present.map { ($0.key.description, .integer($0.value)) }))
    }

    private static func layers(_ layers: Set<Int>?) -> JSON {
        guard let layers else { return .object([:]) }
        return ["layers": .array(layers.sorted().map(JSON.integer))]
    }

    fileprivate init(json: JSON, subject: String, path: String) throws(InputError) {
        let methods = ["lora", "bottleneck", "bias", "layernorm", "unfreeze"]
        guard case .object(let members) = json, members.count == 1, let (method, content) = members.first
        else {
            throw InputError(
                subject, key: path,
                reason: "expected a map with one key, the component (\(methods.joined(separator: ", ")))")
        }
        var reader = try JSONObjectReader(content, subject: subject, path: "\(path).\(method)")
        switch method {
        case "lora": self = .lora(try LoRA(&reader))
        case "bottleneck": self = .bottleneck(try Bottleneck(&reader))
        case "bias": self = .bias(BiasTuning(layers: try reader.layers("layers")))
        case "layernorm": self = .layerNorm(LayerNormTuning(layers: try reader.layers("layers")))
        case "unfreeze": self = .unfreeze(try Unfreezing(&reader))
        default:
            throw InputError(
                subject, key: "\(path).\(method)",
                reason: "is not a component; known are \(methods.joined(separator: ", "))",
                suggestion: InputError.nearest(to: method, in: methods))
        }
        try reader.finish()
    }
}

extension LoRA {
    fileprivate init(_ reader: inout JSONObjectReader) throws(InputError) {
        var ranks: [Site: Int] = [:]
        for (key, size) in try reader.sizes("ranks", upTo: 1024) {
            guard let site = Site(key) else {
                let example = Projection.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error("ranks.\(key)", "expected layer.projection, such as 3.query (\(example))")
            }
            if size > 0 { ranks[site] = size }
        }
        self.init(
            ranks: ranks,
            alphaOverRank: try reader.number("alpha_over_rank", in: 0...1000, above: true, default: 1),
            dropout: try reader.number("dropout", in: 0...0.99, default: 0))
        if let variant = reader.optional("variant"), variant != "lora" {
            throw reader.error("variant", "expected lora, found \(JSONObjectReader.name(of: variant))")
        }
    }
}

extension Bottleneck {
    fileprivate init(_ reader: inout JSONObjectReader) throws(InputError) {
        var widths: [Int: Int] = [:]
        for (key, size) in try reader.sizes("widths", upTo: 4096) {
            guard let layer = Int(key), layer >= 0, String(layer) == key else {
                throw reader.error("widths.\(key)", "expected a layer, counted from 0")
            }
            if size > 0 { widths[layer] = size }
        }
        self.init(
            site: try reader.choice("site"), widths: widths,
            activation: try reader.choice("activation", default: .relu),
            scale: try reader.number("scale", in: 0...1000, above: true, default: 1))
    }
}

extension Unfreezing {
    fileprivate init(_ reader: inout JSONObjectReader) throws(InputError) {
        self.init(
            layers: try reader.layers("layers") ?? [],
            embeddings: try reader.bool("embeddings", default: false),
            learningRateScale: try reader.number("learning_rate_scale", in: 0...1, above: true, default: 1))
    }
}

extension JSONObjectReader {
    fileprivate mutating func sizes(_ key: String, upTo limit: Int) throws(InputError) -> [(String, Int)] {
        guard var reader = try object(key) else { return [] }
        var sizes: [(String, Int)] = []
        for name in reader.keys { sizes.append((name, try reader.integer(name, in: 0...limit))) }
        return sizes
    }

    fileprivate mutating func layers(_ key: String) throws(InputError) -> Set<Int>? {
        guard let values = try array(key) else { return nil }
        var layers: Set<Int> = []
        for value in values {
            guard let layer = value.integer, layer >= 0, layer < 10_000 else {
                throw error(key, "expected layers, counted from 0, found \(Self.name(of: value))")
            }
            layers.insert(layer)
        }
        return layers
    }
}

extension HeadSettings {
    fileprivate var json: JSON { ["pooler": .string(pooler.rawValue), "dropout": .number(dropout)] }

    fileprivate init(_ reader: JSONObjectReader?) throws(InputError) {
        self.init()
        guard var reader else { return }
        pooler = try reader.choice("pooler", default: pooler)
        dropout = try reader.number("dropout", in: 0...0.99, default: dropout)
        try reader.finish()
    }
}

extension TrainingSettings {
    fileprivate var json: JSON {
        [
            "learning_rate": .number(learningRate), "epochs": .integer(epochs),
            "batch_size": .integer(batchSize),
            "warmup": .number(warmup), "schedule": .string(schedule.rawValue),
            "weight_decay": .number(weightDecay), "gradient_clipping": .number(gradientClipping),
        ]
    }

    fileprivate init(_ reader: JSONObjectReader?) throws(InputError) {
        self.init()
        guard var reader else { return }
        learningRate = try reader.number("learning_rate", in: 0...10, above: true, default: learningRate)
        epochs = try reader.integer("epochs", in: 1...1000, default: epochs)
        batchSize = try reader.integer("batch_size", in: 1...4096, default: batchSize)
        warmup = try reader.number("warmup", in: 0...1, default: warmup)
        schedule = try reader.choice("schedule", default: schedule)
        weightDecay = try reader.number("weight_decay", in: 0...10, default: weightDecay)
        gradientClipping = try reader.number("gradient_clipping", in: 0...1e6, default: gradientClipping)
        try reader.finish()
    }
}
