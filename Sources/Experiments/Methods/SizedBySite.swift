/// A method with a rank of its own for every layer and projection.
package protocol SizedBySite: AdaptationMethod {
    /// Rank by site.
    var ranks: [Site: Int] { get set }
}

extension SizedBySite {
    package static var sizeName: String { "rank" }
    package static var largestSize: Int { 1024 }
    package static var searchedSizes: [Int] { [0, 1, 2, 4, 8, 16, 32] }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        (0..<shape.layers).flatMap { layer in
            Projection.allCases.map { Parameter.Place(component: name, layer: layer, part: $0.rawValue) }
        }
    }

    package var sizes: [Parameter.Place: Int] {
        get {
            let sizes = ranks.filter { $0.value > 0 }.map { site, rank in
                (
                    Parameter.Place(
                        component: Self.name, layer: site.layer, part: site.projection.rawValue), rank
                )
            }
            return Dictionary(uniqueKeysWithValues: sizes)
        }
        set {
            ranks = [:]
            for (place, rank) in newValue {
                guard let layer = place.layer, let projection = Projection(rawValue: place.part) else {
                    continue
                }
                ranks[Site(layer: layer, projection: projection)] = rank
            }
        }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init()
        for (key, size) in try reader.sizes("ranks", upTo: Self.largestSize) where size > 0 {
            ranks[try reader.site(key, in: "ranks")] = size
        }
    }

    package var sizesJSON: [String: JSON] { ["ranks": .sizes(ranks)] }

    package var namedLayers: [Int] { ranks.keys.map(\.layer) }
    package func edits(_ site: Site) -> Bool { ranks[site, default: 0] > 0 }

    /// Those with a rank above 0 in a block, in the order of computation.
    package func sized(in layer: Int) -> [(site: Site, rank: Int)] {
        Projection.allCases.compactMap { projection in
            let site = Site(layer: layer, projection: projection)
            return ranks[site].flatMap { $0 > 0 ? (site, $0) : nil }
        }
    }
}
