/// A configuration's parts that a super-network of it contains: the first ranks
/// of its low-rank updates and the first units of its bottlenecks, at some of
/// its places (slimmable networks, arXiv 1812.08928, over adapters).
extension Configuration {
    /// Whether every part of a component computes with a part of its tensors.
    package static func nests(_ component: Component) -> Bool {
        if let lora = component.value as? LoRA { return lora.isNested }
        if let bottleneck = component.value as? Bottleneck { return bottleneck.isNested }
        return false
    }

    /// Whether it has any part but itself.
    package var nests: Bool { components.contains(where: Self.nests) }

    /// All places at size 1.
    package var smallestPart: Configuration { resized { _, _ in 1 } }

    /// A part: some components, some of their parts, from some block upwards,
    /// and for each component a size that is a power of two below its own.
    package func drawnPart(_ generator: inout SeededGenerator) -> Configuration {
        let nested = components.filter(Self.nests)
        let places = nested.map { $0.value.sizes.keys.sorted { Self.order($0) < Self.order($1) } }
        let layers = (places.joined().compactMap(\.layer).max() ?? 0) + 1
        let lowest = generator.index(below: layers)
        let kept = generator.index(below: max(nested.count, 1))
        var sizes: [Parameter.Place: Int] = [:]
        for (index, component) in nested.enumerated() {
            let isPresent = generator.uniform() < 0.6 || index == kept
            let shift = generator.index(below: 5)
            let parts = Set(places[index].map(\.part)).sorted()
            guard !parts.isEmpty else { continue }
            let certain = parts[generator.index(below: parts.count)]
            let hasAll = generator.uniform() < 0.5
            let chosen = parts.filter { generator.uniform() < 0.5 || hasAll || $0 == certain }
            guard isPresent else { continue }
            for place in places[index] where (place.layer ?? 0) >= lowest && chosen.contains(place.part) {
                sizes[place] = max(1, (component.value.sizes[place] ?? 0) >> shift)
            }
        }
        return resized { place, _ in sizes[place] ?? 0 }
    }

    private static func order(_ place: Parameter.Place) -> (String, Int, String) {
        (place.component, place.layer ?? -1, place.part)
    }

    /// With other sizes of what nests; what has none left is left out.
    private func resized(_ size: (Parameter.Place, Int) -> Int) -> Configuration {
        var part = self
        part.components = components.flatMap { component in
            Self.nests(component) ? Self.resized(component.value, size) : [component]
        }
        return part
    }

    private static func resized<Method: AdaptationMethod>(
        _ method: Method, _ size: (Parameter.Place, Int) -> Int
    ) -> [Component] {
        let sizes = Dictionary(uniqueKeysWithValues: method.sizes.map { ($0, size($0, $1)) })
            .filter { $0.value > 0 }
        return sizes.isEmpty ? [] : Method.components(of: sizes, like: method.prototype).map { Component($0) }
    }
}

extension LoRA {
    /// Whether the first ranks are an update of a lower rank.
    package var isNested: Bool { variant == .lora && start == .kaiming && !gate }

    package func place(of site: Site) -> Parameter.Place {
        Parameter.Place(component: Self.name, layer: site.layer, part: site.projection.rawValue)
    }
}

extension Bottleneck {
    /// Whether the first units are a narrower adapter.
    package var isNested: Bool { form == .dense && copies == 1 && !gate && droppedLayers == 0 }

    package func place(in layer: Int) -> Parameter.Place {
        Parameter.Place(component: Self.name, layer: layer, part: site.rawValue)
    }
}
