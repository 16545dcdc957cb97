import Experiments
import LinearAlgebra

/// A stack of named adapters with a head for AdapterHub's library (1.3).
///
/// In a stack each adapter acts where it sits, so the sum of them is exact as
/// long as no two sit at one linear map or behind one part of a block.
struct AdapterHubSetup {
    struct Adapter {
        var config: [String: JSON]
        var tensors: [String: Matrix] = [:]
    }

    private(set) var adapters: [String: Adapter] = [:]
    private(set) var head: (config: JSON, tensors: [String: Matrix])?
    /// The kinds of bottlenecks among them, without widths.
    private var bottlenecks: [Bottleneck] = []
    /// Our names of the linear maps whose updates are adapters: the base's
    /// weights are without them.
    private(set) var adaptedMaps: Set<String> = []
    /// Whether the base's weights are not those of the base model.
    private(set) var hasOwnBase: Bool
    private let family: ModelFamily
    private let layers: Int
    private let hidden: Int
    private let foldsAll: Bool

    /// - Parameter foldsAll: whether all that can be folded into the base is,
    ///   also what the library has an adapter for.
    init(family: ModelFamily, shape: ModelShape, foldsAll: Bool) {
        self.family = family
        layers = shape.layers
        hidden = shape.hidden
        hasOwnBase = foldsAll
        self.foldsAll = foldsAll
    }

    /// Something trained is in the weights of the base alone.
    mutating func needsOwnBase() { hasOwnBase = true }

    /// A map's low-rank updates as one: those of one projection and rank are one
    /// adapter, their scales in B.
    mutating func add(_ map: AffineMap, at site: Site) {
        guard !foldsAll, let place = Self.place(of: site.projection), let factors = map.lowRankFactors else {
            return needsOwnBase()
        }
        let module = family.names.map(site.projection, layer: site.layer)
        adaptedMaps.insert(module)
        let rank = factors.down.rows
        let name = "lora_\(site.projection.rawValue)_r\(rank)"
        var adapter = adapters[name] ?? Adapter(config: Self.lora(place, rank: rank))
        let key = "\(family.transformersName(of: module)).loras.\(name)"
        var up = factors.up
        up.scale(by: factors.scale)
        adapter.tensors["\(key).lora_A"] = factors.down
        adapter.tensors["\(key).lora_B"] = up
        adapters[name] = adapter
        leaveOut(name, except: site.layer)
    }

    /// A bottleneck adapter at one site of one layer.
    mutating func add(_ bottleneck: BottleneckAdapter, _ settings: Bottleneck, layer: Int) {
        let name = name(of: settings)
        // A whole number without a fraction is not a float for the library, and refused.
        let isWhole = settings.scale == settings.scale.rounded()
        let scaling = isWhole ? 0.5 : settings.scale
        var up = (weight: bottleneck.up.weight.value, bias: bottleneck.up.bias.value)
        if isWhole {
            up.weight.scale(by: Float(settings.scale / scaling))
            up.bias.scale(by: Float(settings.scale / scaling))
        }
        var adapter = adapters[name] ?? Adapter(config: Self.bottleneck(settings, scaling: scaling))
        let python = PythonModel(of: family)
        let output = settings.site == .serialAttention ? python.adapterHubAttention : python.adapterHubOutput
        let key = family.transformersName(of: "\(family.names.block(layer)).\(output).\(name)")
        let down = bottleneck.down
        adapter.tensors["\(key).adapter_down.0.weight"] = down.weight.value
        adapter.tensors["\(key).adapter_down.0.bias"] = down.bias.value
        adapter.tensors["\(key).adapter_up.weight"] = up.weight
        adapter.tensors["\(key).adapter_up.bias"] = up.bias
        var factors = adapter.config["reduction_factor"]?.object ?? [:]
        // The width is the whole part of hidden / factor: half a unit more keeps it from rounding down.
        factors["\(layer)"] = .number(Double(hidden) / (Double(down.weight.value.rows) + 0.5))
        adapter.config["reduction_factor"] = .object(factors)
        adapters[name] = adapter
        leaveOut(name, except: layer)
    }

    /// An adapter's name: bottlenecks of one site with other settings are
    /// adapters of their own.
    private mutating func name(of settings: Bottleneck) -> String {
        var kind = settings
        kind.widths = [:]
        let same = bottlenecks.filter { $0.site == kind.site }
        let index = same.firstIndex(of: kind) ?? same.count
        if index == same.count { bottlenecks.append(kind) }
        return "bottleneck_\(kind.site.rawValue)" + (index == 0 ? "" : "_\(index + 1)")
    }

    /// Keys and values (P, 2·n·d) of n blocks, as the library has them flat.
    mutating func addPrefix(_ values: Matrix, length: Int, layers: [Int]) {
        let name = "prefix_\(length)"
        let place = PythonModel(of: family).adapterHubPrefix
        let key = family.transformersName(of: "prefix_tuning.prefix_tunings.\(name).\(place).control_trans")
        let row = Matrix(rows: 1, columns: values.count, values: values.values)
        adapters[name] = Adapter(config: Self.prefix(length: length), tensors: [key: row])
        for layer in layers { leaveOut(name, except: layer) }
    }

    private mutating func leaveOut(_ name: String, except layer: Int) {
        let all = (0..<layers).map(JSON.integer)
        let left = adapters[name]?.config["leave_out"]?.array ?? all
        adapters[name]?.config["leave_out"] = .array(left.filter { $0 != .integer(layer) })
    }

    mutating func setHead(_ head: ClassificationHead, reading rows: ReadRows, labels: [String]) {
        let ids = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, JSON.integer($0)) })
        let maps = [head.pooler, head.classifier].compactMap { $0 }
        var tensors: [String: Matrix] = [:]
        for (index, map) in maps.enumerated() {
            // Of a sequence: dropout, dense, activation, dropout, dense; or dropout, dense.
            tensors["heads.head.\(1 + 3 * index).weight"] = map.weight.value
            tensors["heads.head.\(1 + 3 * index).bias"] = map.bias.value
        }
        var config: [String: JSON] = [
            "head_type": .string(rows.adapterHubHead),
            "num_labels": .integer(head.classifier.weight.value.rows), "layers": .integer(maps.count),
            "activation_function": .string(head.layout.activation.name),
            "label2id": ids.isEmpty ? .null : .object(ids), "dropout_prob": .null,
        ]
        // What the library's head for words does not take.
        if rows == .first { config.merge(["use_pooler": false, "bias": true]) { $1 } }
        self.head = (.object(config), tensors)
    }
}

extension Activation {
    /// As the libraries in Python call it.
    var name: String {
        switch self {
        case .gelu: "gelu"
        case .relu: "relu"
        case .tanh: "tanh"
        }
    }
}
