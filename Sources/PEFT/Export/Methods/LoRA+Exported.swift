import Experiments

extension LoRA: ExportedMethod {
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel) { adapter.dropout = dropout }

    func add(to setup: inout AdapterHubSetup, of model: TrainedModel) {
        guard variant != .dora else { return setup.needsOwnBase() }
        for site in present.keys.sorted() {
            setup.add(model.network.blocks[site.layer].maps[site.projection]!, at: site)
        }
    }

    func passage(for family: ModelFamily, reading rows: ReadRows) -> CustomCode.Passage? {
        gate ? .gatedLoRA(of: family) : nil
    }

    var evaluated: Component { .lora(LoRA(ranks: ranks, gate: gate)) }

    func codeTensors(of family: ModelFamily, _ shape: ModelShape) -> [CodeTensor] {
        guard gate else { return [] }
        return present.sorted { $0.key < $1.key }.flatMap { site, rank in
            let map = family.names.map(site.projection, layer: site.layer)
            let size = shape.size(of: site.projection)
            let tensors =
                [NamedTensor("lora_A.weight", rank, size.in), NamedTensor("lora_B.weight", size.out, rank)]
                + NamedTensor.gate("lora_gate", of: size.in)
            return tensors.map { tensor in
                CodeTensor(
                    ours: NamedTensor("\(map).\(tensor.name)", tensor.rows, tensor.columns),
                    theirs: family.transformersName(of: "\(map).gated.\(tensor.name)"))
            }
        }
    }
}
