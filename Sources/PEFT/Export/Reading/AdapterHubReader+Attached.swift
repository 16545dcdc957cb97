import Experiments
import LinearAlgebra

/// What is attached beside the weights.
extension AdapterHubReader {
    func attachBottleneck(_ adapter: Adapter, to parts: inout ModelParts) throws(InputError) {
        try adapter.expect([
            "original_ln_after": true, "ln_before": false, "ln_after": false,
            "residual_before_ln": true, "adapter_residual_before_ln": false, "use_gating": false,
            "phm_layer": false, "inv_adapter": .null, "cross_adapter": false,
        ])
        guard let site = adapter.site, let scale = adapter.config["scaling"]?.number, scale > 0,
            scale <= 1000,
            let activation = (adapter.config["non_linearity"]?.string).flatMap(Bottleneck.Activation.init)
        else { throw adapter.error("config", "expected the bottleneck of one site with relu or gelu") }
        let widths = try widths(of: adapter, at: site, in: parts)
        for other in parts.components.compactMap({ $0.value as? Bottleneck }) where other.site == site {
            guard Set(other.widths.keys).isDisjoint(with: widths.keys) else {
                throw adapter.error(
                    "config", "is the second bottleneck at one site of a block, which is not read")
            }
        }
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

    private func widths(
        of adapter: Adapter, at site: Bottleneck.Placement, in parts: ModelParts
    ) throws(InputError) -> [Int: Int] {
        var widths: [Int: Int] = [:]
        for layer in 0..<parts.shape.layers {
            let place = place(of: adapter, at: site, block: parts.family.names.block(layer), parts.family)
            guard let shape = adapter.file["\(place).adapter_down.0.weight"]?.shape else { continue }
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
        try adapter.expect(["flat": true, "use_gating": false])
        let shape = parts.shape
        guard let length = adapter.config["prefix_length"]?.integer, (1...1024).contains(length),
            let left = adapter.config["leave_out"]?.array?.compactMap(\.integer),
            adapter.file.names.count == 1
        else { throw adapter.error("prefix_length", "expected a length, leave_out and one tensor") }
        let layers = (0..<shape.layers).filter { !left.contains($0) }
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
