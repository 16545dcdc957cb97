import Experiments
import LinearAlgebra

/// The updates of a network in PEFT's own form of the method that trained them,
/// which is smaller than LoRA or whole modules.
struct PEFTNativeForm {
    /// `VERA`.
    let type: String
    /// Of the config, beside those that every adapter has.
    var members: [String: JSON] = [:]
    /// By our names of modules, then by what stands behind them: `hira_A`.
    var tensors: [String: [String: Matrix]] = [:]
    /// Of all modules: `vera_A`.
    var shared: [String: Matrix] = [:]

    /// Nil where PEFT has one rank for all modules and these have several.
    init?(_ type: String, uniform ranks: some Collection<Int>) {
        guard let rank = ranks.first, ranks.allSatisfy({ $0 == rank }) else { return nil }
        self.init(type, rank: rank)
    }

    init(_ type: String, rank: Int) {
        self.type = type
        members = ["r": .integer(rank), "init_weights": true]
    }

    mutating func add(
        _ tensors: some Sequence<(String, Matrix)>, to site: Site, of model: TrainedModel
    ) {
        let module = model.family.names.map(site.projection, layer: site.layer)
        self.tensors[module] = Dictionary(uniqueKeysWithValues: Array(tensors))
    }
}

extension TrainedModel {
    /// Nil where something else changes the maps, or PEFT cannot say it so.
    var nativeForm: PEFTNativeForm? {
        let others = configuration.components.filter { !($0.value is LayerNormTuning) && !$0.value.isEmpty }
        guard others.count == 1 else { return nil }
        return others[0].exported.nativeForm(of: self)
    }

    /// What a method added to a map, by the last words of its names in this
    /// program.
    func added(_ names: [String], to site: Site) -> [Matrix] {
        let module = family.names.map(site.projection, layer: site.layer)
        let parameters = network.trainable + network.constants
        return names.compactMap { name in parameters.first { $0.name == "\(module).\(name)" }?.value }
    }
}
