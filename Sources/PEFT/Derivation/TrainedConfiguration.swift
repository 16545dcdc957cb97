import Experiments
import LinearAlgebra

/// A configuration with its trained tensors, from which smaller ones follow
/// without training.
struct TrainedConfiguration {
    var configuration: Configuration
    /// By name; exactly those that the configuration trains.
    var tensors: [String: Matrix]

    init(configuration: Configuration, tensors: [String: Matrix]) {
        self.configuration = configuration
        self.tensors = tensors
    }

    /// As a network holds it.
    init(of network: Transformer, _ configuration: Configuration) {
        self.init(
            configuration: configuration,
            tensors: Dictionary(uniqueKeysWithValues: network.trainedTensors.map { ($0.name, $0.value) }))
    }

    /// Without one of its components.
    /// - Returns: nil where there is no other component.
    func removingComponent(at index: Int) -> Configuration? {
        guard configuration.components.count > 1 else { return nil }
        var smaller = configuration
        smaller.components.remove(at: index)
        return smaller
    }

    /// Without anything in its lowest block that has something, so that no
    /// gradient, and at use no adapter, is needed there.
    /// - Returns: nil where all lies in one block.
    func removingLowestBlock() -> Configuration? {
        let layers = configuration.components.flatMap(\.value.sizes.keys).compactMap(\.layer)
        guard let lowest = layers.min(), layers.contains(where: { $0 > lowest }) else { return nil }
        var smaller = configuration
        smaller.components = configuration.components.flatMap { $0.filtered { $0.layer != lowest } }
        return smaller
    }
}

extension Component {
    /// The same at fewer places; none where nothing is left.
    fileprivate func filtered(_ isKept: (Experiments.Parameter.Place) -> Bool) -> [Component] {
        func open<Method: AdaptationMethod>(_ method: Method) -> [Component] {
            let sizes = method.sizes.filter { isKept($0.key) }
            return sizes.isEmpty
                ? [] : Method.components(of: sizes, like: method.prototype).map { Component($0) }
        }
        return open(value)
    }
}
