public import Experiments

/// What the native engine can do, written out of the types that do it: every
/// method with its sizes and settings, and the presets of spaces.
public enum MethodReference {
    /// For `docs/methods.md`.
    public static var markdown: String {
        let methods = Component.methods.map(markdown)
        let others = [
            section(
                "head", "The classifier on top and the layer under it.", HeadSettings.settings.map(Row.init)),
            section("training", "How all of it trains.", TrainingSettings.settings.map(Row.init)),
        ]
        return ([introduction] + methods + others + [presets]).joined(separator: "\n\n") + "\n"
    }

    /// The same for programs.
    public static var json: JSON {
        [
            "methods": .array(Component.methods.map(json)),
            "head": .array(HeadSettings.settings.map { Row($0).json }),
            "training": .array(TrainingSettings.settings.map { Row($0).json }),
            "presets": .array(SpacePreset.all.map(json)),
        ]
    }

    private static let introduction = """
        # Methods

        Made by `peftsearch methods`; a test compares the two. A configuration is a list of components, each a \
        method with its sizes and settings, in any combination that has a meaning. A size of 0 is absent. \
        *Searched* is what a preset with the method tries, unless it has a domain of its own \
        ([Presets](#presets)); a setting with neither stays at its default until a study file names it \
        (`training.warmup: {levels: [0, 0.1]}`).
        """

    /// One line of a table of settings.
    private struct Row {
        let name: String
        let range: SettingRange
        let fallback: JSON
        let searched: ParameterDomain?
        let summary: String

        init<Owner>(_ setting: Setting<Owner>) {
            name = setting.name
            range = setting.range
            fallback = setting.defaultValue
            searched = setting.searched
            summary = setting.summary
        }

        var markdown: String {
            let tried = searched.map { "`\($0.json.canonicalText)`" } ?? ""
            return "| `\(name)` | \(range.permitted) | `\(fallback.canonicalText)` | \(tried) | \(summary) |"
        }

        var json: JSON {
            [
                "name": .string(name), "permitted": .string(range.permitted), "default": fallback,
                "searched": searched?.json ?? .null, "summary": .string(summary),
            ]
        }
    }

    private static func markdown(_ method: any AdaptationMethod.Type) -> String {
        let sizes =
            method.largestSize > 1
            ? "Its \(method.sizeName) is 0 to \(method.largestSize) by place, searched among "
                + "\(method.searchedSizes.map(String.init).joined(separator: ", "))."
            : "It is on or off by place."
        let unsearched = unsearchedGroups(of: method)
        let named = unsearched.isEmpty ? "" : " Its places in \(list(unsearched)) have to be named."
        let rate = JSON.number(method.typicalLearningRate).canonicalText
        return section(
            method.name,
            "\(method.summary) \(sizes)\(named) A search begins around a learning rate of \(rate).",
            rows(method))
    }

    private static func json(_ method: any AdaptationMethod.Type) -> JSON {
        [
            "name": .string(method.name), "summary": .string(method.summary),
            "size": .string(method.sizeName), "largest_size": .integer(method.largestSize),
            "searched_sizes": .array(method.searchedSizes.map(JSON.integer)),
            "unsearched_groups": .array(unsearchedGroups(of: method).map(JSON.string)),
            "typical_learning_rate": .number(method.typicalLearningRate),
            "settings": .array(rows(method).map(\.json)),
        ]
    }

    /// Whose places have the names of any model's.
    private static let oneBlock = ModelShape(
        vocabulary: 1, positions: 1, tokenTypes: 1, layers: 1, hidden: 1, heads: 1, feedForward: 1)

    /// Of places that a space has only where a study or a preset names them.
    private static func unsearchedGroups(of method: any AdaptationMethod.Type) -> [String] {
        method.places(in: oneBlock).filter { !method.isSearched($0) }
            .map { method.groupName(of: $0) }
    }

    private static func rows(_ method: any AdaptationMethod.Type) -> [Row] {
        func open<Method: AdaptationMethod>(_ method: Method.Type) -> [Row] { method.settings.map(Row.init) }
        return open(method)
    }

    private static func section(_ name: String, _ summary: String, _ rows: [Row]) -> String {
        let text = "## `\(name)`\n\n\(summary)"
        guard !rows.isEmpty else { return text }
        let head = "| setting | permitted | default | searched | meaning |\n|---|---|---|---|---|"
        return ([text + "\n", head] + rows.map(\.markdown)).joined(separator: "\n")
    }

    static func list(_ names: [String]) -> String {
        names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
