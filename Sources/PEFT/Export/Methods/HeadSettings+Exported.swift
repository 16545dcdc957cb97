import Experiments

extension HeadSettings {
    func add(to adapter: inout PEFTAdapter, of model: TrainedModel) {
        let family = model.family
        for module in family.headModules where module == family.head.classifier.prefix(while: { $0 != "." }) {
            adapter.save(module)
        }
        // One that the base lacks was drawn here, and PEFT would draw another.
        if model.storesPooler {
            let first = String(family.head.pooler.prefix { $0 != "." })
            adapter.save(family.headModules.contains(first) ? first : family.head.pooler)
        }
    }

    func add(to setup: inout AdapterHubSetup, of model: TrainedModel) {
        setup.setHead(model.network.head, reading: model.readRows, labels: model.labels)
    }
}

extension TrainedModel {
    /// Whether it has a pooler that is not the base's as it is.
    var storesPooler: Bool {
        switch configuration.head.pooler {
        case .trained: true
        case .frozen: base.weights["\(base.family.head.pooler).weight"] == nil
        case .absent: false
        }
    }
}
