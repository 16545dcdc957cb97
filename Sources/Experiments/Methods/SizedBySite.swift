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
            let sizes = present.map { site, rank in
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

    /// Those with a rank above 0.
    package var present: [Site: Int] { ranks.filter { $0.value > 0 } }

    /// Over all sites, what a rank comes to at a map of a size.
    package func sum(
        in shape: ModelShape, _ number: (_ rank: Int, _ size: (out: Int, in: Int)) -> Int
    ) -> Int {
        present.reduce(0) { $0 + number($1.value, shape.size(of: $1.key.projection)) }
    }

    /// The first site, in their order, whose rank does not fit a map of its size.
    package func first(
        in shape: ModelShape, where fails: (_ rank: Int, _ size: (out: Int, in: Int)) -> Bool
    ) -> (site: Site, rank: Int)? {
        ranks.sorted { $0.key < $1.key }.first { fails($0.value, shape.size(of: $0.key.projection)) }
            .map { ($0.key, $0.value) }
    }

    /// Elements of the inputs of its maps in a block, which dropout looks at.
    package func inputElements(in layer: Int, of pass: PassCount) -> Double {
        sized(in: layer).reduce(0) { sum, entry in
            let projection = entry.site.projection
            return sum + pass.sides(of: projection).in * pass.rows(projection, layer)
        }
    }

    /// Those with a rank above 0 in a block, in the order of computation.
    package func sized(in layer: Int) -> [(site: Site, rank: Int)] {
        Projection.allCases.compactMap { projection in
            let site = Site(layer: layer, projection: projection)
            return ranks[site].flatMap { $0 > 0 ? (site, $0) : nil }
        }
    }
}
