import Experiments

/// A native configuration laid out flat: one size per place, and for each
/// method its settings. It stands between assignments, which name them, and
/// configurations, which group them.
struct NativeSettings: Hashable {
    /// Not 0.
    var sizes: [Parameter.Place: Int] = [:]
    /// By method, without sizes.
    private var prototypes: [String: Component] = [:]
    var head = HeadSettings()
    var training = TrainingSettings()

    init() {}

    /// A method's settings, their defaults unless they were set.
    func prototype(of method: any AdaptationMethod.Type) -> Component {
        prototypes[method.name] ?? Component(method.init()).prototype
    }

    mutating func set(_ prototype: Component) { prototypes[prototype.method] = prototype }
}

extension NativeSettings {
    /// The components in canonical order.
    var configuration: Configuration {
        let byMethod = Dictionary(grouping: sizes) { $0.key.component }
        let components = Component.methods.flatMap { method -> [Component] in
            let sizes = Dictionary(
                uniqueKeysWithValues: (byMethod[method.name] ?? []).map { ($0.key, $0.value) })
            return prototype(of: method).resized(to: sizes)
        }
        return Configuration(components: components, head: head, training: training)
    }

    /// Nil for a configuration that has no flat form: all biases or norms at
    /// once, two components of one method with other settings, sizes of 0.
    init?(_ configuration: Configuration) {
        head = configuration.head
        training = configuration.training
        for component in configuration.components {
            let prototype = component.prototype
            guard prototypes[component.method] ?? prototype == prototype else { return nil }
            prototypes[component.method] = prototype
            sizes.merge(component.sizes) { _, second in second }
        }
        guard self.configuration == configuration else { return nil }
    }
}

extension Component {
    /// The components with a prototype's settings and these sizes.
    fileprivate func resized(to sizes: [Parameter.Place: Int]) -> [Component] {
        func open<Method: AdaptationMethod>(_ prototype: Method) -> [Component] {
            Method.components(of: sizes, like: prototype).map { Component($0) }
        }
        return open(value)
    }

    fileprivate var sizes: [Parameter.Place: Int] { value.sizes }
}
