import Experiments

extension LoRA: ExportedMethod {
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel) { adapter.dropout = dropout }

    func add(to setup: inout AdapterHubSetup, of model: TrainedModel) {
        guard variant != .dora else { return setup.needsOwnBase() }
        for site in ranks.filter({ $0.value > 0 }).keys.sorted() {
            setup.add(model.network.blocks[site.layer].maps[site.projection]!, at: site)
        }
    }
}
