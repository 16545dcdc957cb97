import Experiments

/// A value of a native configuration that is not a size, by its name in a
/// space: `lora.dropout`, `training.learning_rate`.
struct NativeSetting: Sendable {
    let name: String
    let range: SettingRange
    /// In the presets; nil is left at its default unless a study overrides it.
    let domain: ParameterDomain?
    /// The method without which it has no meaning.
    let component: String?
    let read: @Sendable (NativeSettings) -> JSON
    /// False when the value is not one that the setting may have.
    let write: @Sendable (JSON, inout NativeSettings) -> Bool

    /// Of every method in its order, then of head and training.
    static let all: [NativeSetting] =
        Component.methods.flatMap { settings(of: $0) }
        + HeadSettings.settings.map { NativeSetting($0, of: "head", at: \.head) }
        + TrainingSettings.settings.map { NativeSetting($0, of: "training", at: \.training) }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> NativeSetting? { byName[name] }

    private static func settings<Method: AdaptationMethod>(of method: Method.Type) -> [NativeSetting] {
        method.settings.map { NativeSetting($0) }
    }

    private init<Method: AdaptationMethod>(_ setting: Setting<Method>) {
        name = "\(Method.name).\(setting.name)"
        range = setting.range
        domain = setting.searched
        component = Method.name
        read = { settings in
            guard let method = settings.prototype(of: Method.self).value as? Method else { return .null }
            return setting.get(method)
        }
        write = { value, settings in
            guard var method = settings.prototype(of: Method.self).value as? Method,
                setting.set(value, in: &method)
            else { return false }
            settings.set(Component(method))
            return true
        }
    }

    private init<Owner>(
        _ setting: Setting<Owner>, of group: String,
        at path: any WritableKeyPath<NativeSettings, Owner> & Sendable
    ) {
        name = "\(group).\(setting.name)"
        range = setting.range
        domain = setting.searched
        component = nil
        read = { setting.get($0[keyPath: path]) }
        write = { setting.set($0, in: &$1[keyPath: path]) }
    }
}
