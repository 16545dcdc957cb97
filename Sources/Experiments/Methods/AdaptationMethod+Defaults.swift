extension AdaptationMethod {
    package static var settings: [Setting<Self>] { [] }
    package static var typicalLearningRate: Double { 2e-3 }

    package static func isSearched(_ place: Parameter.Place) -> Bool { true }

    package static func parameterName(of place: Parameter.Place) -> String {
        guard let layer = place.layer else { return "\(name).\(place.part)" }
        return place.part == name ? "\(name).\(layer)" : "\(name).\(layer).\(place.part)"
    }

    package static func groupName(of place: Parameter.Place) -> String {
        place.layer == nil ? "\(name).\(place.part)" : "\(name).\(sizeName)"
    }

    package var prototype: Self {
        var prototype = self
        prototype.sizes = [:]
        return prototype
    }

    package static func components(of sizes: [Parameter.Place: Int], like prototype: Self) -> [Self] {
        guard !sizes.isEmpty else { return [] }
        var component = prototype
        component.sizes = sizes
        return [component]
    }

    package var isEmpty: Bool { sizes.isEmpty }
    package var position: String { Self.name }
    package static var standsRepeatedly: Bool { false }
    package var title: String { Self.name }
    package var order: Int { 0 }
    package func conflict(with other: any AdaptationMethod) -> String? { nil }
    package var contradiction: String? { nil }
    package func contradiction(in shape: ModelShape) -> String? { nil }

    package var namedLayers: [Int] { sizes.keys.compactMap(\.layer) }
    package var lowestLayer: Int? { sizes.keys.map { $0.layer ?? -1 }.min() }
    package var lowestChangedLayer: Int? { lowestLayer }
    package func select(in selection: inout TensorSelection, shape: ModelShape) {}
    package func addedParameters(in shape: ModelShape) -> Int { 0 }
    package func sharedParameters(in shape: ModelShape) -> [String: Int] { [:] }
    package func edits(_ site: Site) -> Bool { false }
    package func scalesInput(of site: Site) -> Bool { false }
    package func keepsInput(of site: Site) -> Bool { edits(site) }
    package func keptInputs(in layer: Int) -> Int { 0 }
    package func trainsAttentionOutput(in layer: Int) -> Bool { false }
    package func readsWholeSequences(in layer: Int) -> Bool { false }
    package func prefixLength(in layer: Int) -> Int { 0 }
    package func trainsAttention(in layer: Int) -> Bool { prefixLength(in: layer) > 0 }
    package var trainingPasses: Int { 1 }
    package var promptLength: Int { 0 }
    package var positionOffset: Int { 0 }
    package func products(in layer: Int, of pass: PassCount) -> DirectedProducts { DirectedProducts() }
    package func droppedElements(in layer: Int, of pass: PassCount) -> Double { 0 }
    package func obstacle(to format: ExportFormat, for family: String) -> String? { nil }
    package var isAdapterHubAdapter: Bool { false }
}

extension AdaptationMethod {
    /// The canonical form of what stands under its name.
    var content: JSON {
        var members = sizesJSON
        for setting in Self.settings { members[setting.name] = setting.written(from: self) }
        return .object(members)
    }

    init(content reader: inout JSONObjectReader) throws(InputError) {
        try self.init(sizes: &reader)
        for setting in Self.settings { try setting.read(&reader, into: &self) }
        try reader.finish()
    }
}
