/// A method that is on or off in each block.
package protocol SelectedByLayer: AdaptationMethod {}

extension SelectedByLayer {
    package static var sizeName: String { "blocks" }
    package static var largestSize: Int { 1 }
    package static var searchedSizes: [Int] { [0, 1] }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        (0..<shape.layers).map(place)
    }

    static func place(_ layer: Int) -> Parameter.Place {
        Parameter.Place(component: name, layer: layer, part: name)
    }

    fileprivate static func sizes(of layers: Set<Int>) -> [Parameter.Place: Int] {
        Dictionary(uniqueKeysWithValues: layers.map { (place($0), 1) })
    }
}

/// One that acts in the blocks that it names.
package protocol NamingLayers: SelectedByLayer {
    var layers: Set<Int> { get set }
}

extension NamingLayers {
    package var sizes: [Parameter.Place: Int] {
        get { Self.sizes(of: layers) }
        set { layers = Set(newValue.keys.compactMap(\.layer)) }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init()
        layers = try reader.layers("layers") ?? []
    }

    package var sizesJSON: [String: JSON] { ["layers": .layers(layers)] }
}

/// One that acts in the blocks that it names, or in the whole model where it
/// names none.
package protocol NamingLayersOrAll: SelectedByLayer {
    /// Nil is the whole model, with its embeddings.
    var layers: Set<Int>? { get set }
}

extension NamingLayersOrAll {
    package var sizes: [Parameter.Place: Int] {
        get { Self.sizes(of: layers ?? []) }
        set { layers = Set(newValue.keys.compactMap(\.layer)) }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init()
        layers = try reader.layers("layers")
    }

    package var sizesJSON: [String: JSON] { layers.map { ["layers": .layers($0)] } ?? [:] }
    package var isEmpty: Bool { layers?.isEmpty ?? false }
    package var lowestLayer: Int? { layers.map { $0.min() } ?? -1 }
}
