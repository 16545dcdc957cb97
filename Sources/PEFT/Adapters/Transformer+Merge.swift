public import LinearAlgebra

extension Transformer {
    /// All weights as plain tensors by name, with every affine edit folded in.
    /// - Returns: nil when something attached cannot be merged: a bottleneck
    ///   adapter or a fusion has a nonlinearity, virtual tokens have no weight, a gate
    ///   depends on the sequence.
    public func merged() -> [String: Matrix]? {
        guard embeddings.prompt == nil, embeddings.positionOffset == 0,
            blocks.allSatisfy({
                $0.additions.isEmpty && $0.prefix == nil && $0.queryFeatures == nil
                    && !$0.maps.values.contains(where: \.isGated)
            })
        else { return nil }
        return folded()
    }

    /// The same with whatever cannot be merged left out.
    func folded() -> [String: Matrix] {
        refresh()
        var tensors: [String: Matrix] = [:]
        func add(_ parameter: Parameter) { tensors[parameter.name] = parameter.value }
        for table in embeddings.tables { add(table) }
        let norms = [embeddings.norm] + blocks.flatMap { [$0.attentionNorm, $0.outputNorm] }
        for norm in norms {
            add(norm.weight)
            add(norm.bias)
        }
        let maps =
            blocks.flatMap { $0.maps.values }
            + [embeddings.projection, head.pooler, head.classifier].compactMap { $0 }
        for map in maps {
            let (weight, bias) = map.merged()
            tensors[map.weight.name] = weight
            tensors[map.bias.name] = bias
        }
        return tensors
    }

    /// The values of all trainable parameters, in their order.
    public var trainedTensors: [(name: String, value: Matrix)] {
        trainable.map { ($0.name, $0.value) }
    }

    /// Replaces values of trainable parameters, and of constants, by name.
    /// - Returns: the names that were not found, have another shape or hold
    ///   what they cannot.
    public func setTrained(_ tensors: [String: Matrix]) -> [String] {
        let parameters = Dictionary(uniqueKeysWithValues: (trainable + constants).map { ($0.name, $0) })
        var refused: [String] = []
        for (name, value) in tensors.sorted(by: { $0.key < $1.key }) {
            guard let parameter = parameters[name], parameter.value.rows == value.rows,
                parameter.value.columns == value.columns, parameter.admits(value)
            else {
                refused.append(name)
                continue
            }
            parameter.value = value
        }
        return refused
    }
}
