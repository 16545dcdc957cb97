import Experiments

extension IA3: ExportedMethod {
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel) {
        for (layer, parts) in parts {
            for part in parts {
                let edit = model.network.blocks[layer].maps[part.projection]!.edit
                guard let scale = part.isInput ? edit.inputScale : edit.outputScale else { continue }
                adapter.add(
                    scale: scale.value, isInput: part.isInput,
                    to: model.family.names.map(part.projection, layer: layer))
            }
        }
    }
}
