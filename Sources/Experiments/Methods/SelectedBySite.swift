/// A method that is on or off at each layer and projection.
package protocol SelectedBySite: AdaptationMethod {
    var sites: Set<Site> { get set }
}

extension SelectedBySite {
    package static var sizeName: String { "sites" }
    package static var largestSize: Int { 1 }
    package static var searchedSizes: [Int] { [0, 1] }

    package static func places(in shape: ModelShape) -> [Parameter.Place] {
        (0..<shape.layers).flatMap { layer in
            Projection.allCases.map { place(Site(layer: layer, projection: $0)) }
        }
    }

    private static func place(_ site: Site) -> Parameter.Place {
        Parameter.Place(component: name, layer: site.layer, part: site.projection.rawValue)
    }

    package var sizes: [Parameter.Place: Int] {
        get { Dictionary(uniqueKeysWithValues: sites.map { (Self.place($0), 1) }) }
        set {
            sites = Set(
                newValue.keys.compactMap { place in
                    guard let layer = place.layer, let projection = Projection(rawValue: place.part) else {
                        return nil
                    }
                    return Site(layer: layer, projection: projection)
                })
        }
    }

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init()
        for text in try reader.strings("sites") {
            guard sites.insert(try reader.site(text, in: "sites")).inserted else {
                throw reader.error("sites", "\(text) stands twice")
            }
        }
    }

    package var sizesJSON: [String: JSON] {
        ["sites": .array(sites.sorted().map { .string($0.description) })]
    }

    package func edits(_ site: Site) -> Bool { sites.contains(site) }

    /// Those of a block, in the order of computation.
    package func sites(in layer: Int) -> [Site] { sites.filter { $0.layer == layer }.sorted() }
}
