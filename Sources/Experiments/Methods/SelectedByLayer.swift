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
}
