import Experiments
import LinearAlgebra

/// What is folded into the weights.
extension AdapterHubReader {
    private static let settings: [String: JSON] = [
        "architecture": "lora", "composition_mode": "add", "use_gating": false, "use_dora": false,
        "vera_d": .null, "vera_b": .null,
    ]
    /// What is honoured, or has no effect on a trained adapter's outputs.
    private static let known: Set<String> = [
        "selfattn_lora", "intermediate_lora", "output_lora", "attn_matrices", "leave_out", "r", "alpha",
        "dropout", "init_weights", "init_weights_seed",
    ]

    /// - Parameter updated: the maps that have an update; in a stack a second
    ///   one would read what the first has made of the map's input.
    func fold(
        _ adapter: Adapter, updated: inout Set<String>, into parts: inout ModelParts
    ) throws(InputError) {
        try adapter.expect(Self.settings)
        try adapter.expectNone(but: Self.known.union(Self.settings.keys))
        guard let rank = adapter.config["r"]?.integer, (1...65_536).contains(rank),
            let alpha = adapter.config["alpha"]?.number
        else { throw adapter.error("r", "expected a rank and an alpha") }
        let maps = try maps(of: adapter, in: parts)
        guard adapter.file.names.count == 2 * maps.count, !maps.isEmpty else {
            throw adapter.error(
                "leave_out",
                "the file has other tensors than lora_A and lora_B of the \(maps.count) maps "
                    + "that the settings name")
        }
        for map in maps {
            guard updated.insert(map).inserted else {
                throw adapter.error(map, "has an update of another adapter of the stack already")
            }
            let key = "\(parts.family.transformersName(of: map)).loras.\(adapter.name)"
            guard var weight = parts.tensors["\(map).weight"] else {
                throw adapter.error(map, "is no linear map of this model")
            }
            let down = try adapter.matrix("\(key).lora_A", [rank, weight.columns])
            let up = try adapter.matrix("\(key).lora_B", [weight.rows, rank])
            weight.add(.product(up, down, scale: Float(alpha / Double(rank))))
            parts.tensors["\(map).weight"] = weight
        }
    }

    /// The maps that the settings name, by our names.
    private func maps(of adapter: Adapter, in parts: ModelParts) throws(InputError) -> [String] {
        var projections: [Projection] = []
        if try adapter.flag("selfattn_lora") {
            let matrices = adapter.config["attn_matrices"]?.array ?? []
            let named: [(JSON, Projection)] = [("q", .query), ("k", .key), ("v", .value)]
            guard matrices.allSatisfy({ matrix in named.contains { $0.0 == matrix } }) else {
                throw adapter.error("attn_matrices", "expected q, k and v")
            }
            projections += named.filter { matrices.contains($0.0) }.map(\.1)
        }
        if try adapter.flag("intermediate_lora") { projections.append(.feedForwardIn) }
        if try adapter.flag("output_lora") { projections.append(.feedForwardOut) }
        return try adapter.layers(of: parts.shape).flatMap { layer in
            projections.map { parts.family.names.map($0, layer: layer) }
        }
    }
}

extension AdapterHubReader.Adapter {
    func flag(_ key: String) throws(InputError) -> Bool {
        guard let flag = config[key]?.bool else { throw error(key, "expected true or false") }
        return flag
    }
}
