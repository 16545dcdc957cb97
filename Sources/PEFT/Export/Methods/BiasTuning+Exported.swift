import Experiments

extension BiasTuning: ExportedMethod {
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel) {
        let alone = Configuration(components: [Component(self)])
        for tensor in TensorSelection(alone, shape: model.base.shape).learningRateScales.keys {
            adapter.addBias(model.family.names.tensor(tensor))
        }
    }
}
