import Experiments
import LinearAlgebra

/// What is attached beside the weights.
extension AdapterHubReader {
    private static let bottleneckSettings: [String: JSON] = [
        "original_ln_after": true, "ln_before": false, "ln_after": false,
        "residual_before_ln": true, "adapter_residual_before_ln": false, "use_gating": false,
        "phm_layer": false, "inv_adapter": .null, "cross_adapter": false, "architecture": .null,
    ]
    /// What is honoured, has no effect on a trained adapter's outputs, or is
    /// told by the shapes of the tensors, which the library compares.
    private static let knownOfBottleneck: Set<String> = [
        "mh_adapter", "output_adapter", "is_parallel", "original_ln_before", "non_linearity", "scaling",
        "leave_out", "reduction_factor", "dropout", "init_weights", "init_weights_seed", "stochastic_depth",
        "inv_adapter_reduction_factor", "phm_dim", "factorized_phm_W", "shared_W_phm", "shared_phm_rule",
        "factorized_phm_rule", "phm_c_init", "phm_init_range", "learn_phm", "hypercomplex_nonlinearity",
        "phm_rank", "phm_bias",
    ]
    private static let prefixSettings: [String: JSON] = [
        "architecture": "prefix_tuning", "flat": true, "use_gating": false, "encoder_prefix": true,
    ]
    private static let knownOfPrefix: Set<String> = [
        "prefix_length", "leave_out", "cross_prefix", "bottleneck_size", "non_linearity", "dropout",
        "shared_gating", "init_weights_seed",
    ]

    func attachBottleneck(_ adapter: Adapter, to parts: inout ModelParts) throws(InputError) {
        try adapter.expect(Self.bottleneckSettings)
        try adapter.expectNone(but: Self.knownOfBottleneck.union(Self.bottleneckSettings.keys))
        guard let site = adapter.site, let scale = adapter.config["scaling"]?.number, scale > 0,
            scale <= 1000,
            let activation = (adapter.config["non_linearity"]?.string).flatMap(Bottleneck.Activation.init)
        else { throw adapter.error("config", "expected the bottleneck of one site with relu or gelu") }
        let widths = try widths(of: adapter, at: site, in: parts)
        try checkIsFirst(adapter, at: site, of: Set(widths.keys), in: parts)
        let bottleneck = Bottleneck(site: site, widths: widths, activation: activation, scale: scale)
        for tensor in bottleneck.codeTensors(of: parts.family, parts.shape) {
            let words = tensor.ours.name.split(separator: ".").map(String.init)
            let layer = words.dropLast(4).joined(separator: ".")
            let part = words[words.count - 2] == "down" ? "adapter_down.0" : "adapter_up"
            let name =
                "\(place(of: adapter, at: site, block: layer, parts.family)).\(part).\(words[words.count - 1])"
            parts.attached[tensor.ours.name] = try adapter.matrix(name, tensor.shape)
        }
        guard adapter.file.names.count == 4 * widths.count, !widths.isEmpty else {
            throw adapter.error("adapter_down", "has tensors that are not of a bottleneck at its site")
        }
        parts.components.append(.bottleneck(bottleneck))
    }

    /// Of two behind one part of a block the second would read what the first
    /// has made.
    private func checkIsFirst(
        _ adapter: Adapter, at site: Bottleneck.Placement, of layers: Set<Int>, in parts: ModelParts
    ) throws(InputError) {
        for other in parts.components.lazy.compactMap({ $0.value as? Bottleneck })
        where (other.site == .serialAttention) == (site == .serialAttention) {
            guard layers.isDisjoint(with: other.widths.keys) else {
                throw adapter.error("config", "is the second bottleneck at its place, which is not read")
            }
        }
    }

    private func widths(
        of adapter: Adapter, at site: Bottleneck.Placement, in parts: ModelParts
    ) throws(InputError) -> [Int: Int] {
        var widths: [Int: Int] = [:]
        for layer in try adapter.layers(of: parts.shape) {
            let place = place(of: adapter, at: site, block: parts.family.names.block(layer), parts.family)
            guard let shape = adapter.file["\(place).adapter_down.0.weight"]?.shape else {
                throw adapter.error(
                    "leave_out", "does not name layer \(layer), of which there are no tensors")
            }
            guard shape.count == 2, (1...4096).contains(shape[0]) else {
                throw adapter.error("adapter_down", "has the shape \(shape)")
            }
            widths[layer] = shape[0]
        }
        return widths
    }

    private func place(
        of adapter: Adapter, at site: Bottleneck.Placement, block: String, _ family: ModelFamily
    ) -> String {
        let python = PythonModel(of: family)
        let output = site == .serialAttention ? python.adapterHubAttention : python.adapterHubOutput
        return family.transformersName(of: "\(block).\(output).\(adapter.name)")
    }

    /// The blocks that are not left out share one flat table.
    func attachPrefix(_ adapter: Adapter, to parts: inout ModelParts) throws(InputError) {
        try adapter.expect(Self.prefixSettings)
        try adapter.expectNone(but: Self.knownOfPrefix.union(Self.prefixSettings.keys))
        let shape = parts.shape
        guard let length = adapter.config["prefix_length"]?.integer, (1...1024).contains(length),
            adapter.file.names.count == 1
        else { throw adapter.error("prefix_length", "expected a length and one tensor") }
        let layers = try adapter.layers(of: shape)
        let count = length * 2 * layers.count * shape.hidden
        let row = try adapter.matrix(adapter.file.names[0], [count])
        var prefix = PrefixTuning(lengths: [:])
        if let index = parts.components.firstIndex(where: { $0.value is PrefixTuning }) {
            prefix = parts.components.remove(at: index).value as? PrefixTuning ?? prefix
        }
        let table = Matrix(rows: length, columns: count / length, values: row.values)
        for (layer, pair) in zip(layers, stride(from: 0, to: 2 * layers.count, by: 2)) {
            guard prefix.lengths.updateValue(length, forKey: layer) == nil else {
                throw adapter.error("leave_out", "layer \(layer) has two prefixes")
            }
            let tensors = table.splitColumns(into: 2 * layers.count)
            parts.attached[PrefixTuning.tensor("key", layer: layer, parts.family)] = tensors[pair]
            parts.attached[PrefixTuning.tensor("value", layer: layer, parts.family)] = tensors[pair + 1]
        }
        parts.components.append(.prefix(prefix))
    }
}
