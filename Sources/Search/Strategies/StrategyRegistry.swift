public import Experiments

/// The strategies by name.
public enum StrategyRegistry {
    private static let all: [any Strategy] = [
        AutoStrategy(), RandomStrategy(), SobolStrategy(), NSGA2Strategy(), TPEStrategy(), GPStrategy(),
        OneShotStrategy(),
    ]

    /// What a study file may say.
    public static var names: [String] { all.map(\.name) }

    /// The strategy of that name.
    /// - Throws: an unknown name, with the nearest known one.
    public static func strategy(named name: String) throws(InputError) -> any Strategy {
        guard let strategy = all.first(where: { $0.name == name }) else {
            throw InputError(
                "search", key: "strategy",
                reason: "\"\(name)\" is not a strategy; known are \(names.joined(separator: ", "))",
                suggestion: InputError.nearest(to: name, in: names))
        }
        return strategy
    }

    /// The strategy of a resolved study, in the version that it was made with.
    static func strategy(of settings: SearchSettings) throws(InputError) -> any Strategy {
        let strategy = try strategy(named: settings.strategy)
        guard strategy.version == settings.version else {
            throw InputError(
                "search", key: "version",
                reason: "the study needs version \(settings.version) of \(strategy.name),"
                    + " this is version \(strategy.version), which may propose otherwise",
                suggestion: "the release that began the study, or a study of another name")
        }
        return strategy
    }
}
