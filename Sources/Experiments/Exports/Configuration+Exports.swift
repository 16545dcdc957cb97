extension Configuration {
    /// The formats in which it can be handed over once it is trained, in the
    /// order of their cases; a pure function of the configuration.
    /// - Parameter family: of the base model: `bert`.
    public func exportFormats(for family: String, task: TaskDefinition.Kind) -> [ExportFormat] {
        ExportFormat.allCases.filter { obstacles(to: $0, for: family, task: task).isEmpty }
    }

    /// Why a format cannot hold it, a sentence that continues "because" each;
    /// empty where it can.
    public func obstacles(
        to format: ExportFormat, for family: String, task: TaskDefinition.Kind
    ) -> [String] {
        let components = components.filter { !$0.value.isEmpty }
        var obstacles = components.compactMap { $0.value.obstacle(to: format, for: family) }
        if let obstacle = head.obstacle(to: format, task: task) { obstacles.append(obstacle) }
        if format == .adapterHub { obstacles += adapterHubObstacles }
        if format == .peft,
            components.count(where: { $0.value is PrefixTuning || $0.value is PromptTuning }) > 1
        {
            obstacles.append("a folder of PEFT has a prefix or a prompt, not both")
        }
        var seen: Set<String> = []
        return obstacles.filter { seen.insert($0).inserted }
    }

    private var adapterHubObstacles: [String] {
        guard components.contains(where: { !$0.value.isEmpty && $0.value.isAdapterHubAdapter }) else {
            return ["nothing in it is an adapter; merged holds all of it"]
        }
        var taken: Set<Int> = []
        for component in components {
            guard let bottleneck = component.value as? Bottleneck, bottleneck.site != .serialAttention
            else { continue }
            for layer in bottleneck.widths.filter({ $0.value > 0 }).keys.sorted()
            where !taken.insert(layer).inserted {
                return ["its library cannot run two adapters behind the feed-forward part of layer \(layer)"]
            }
        }
        return []
    }
}
