extension JSON {
    /// Sizes by what they belong to, without those of 0.
    static func sizes<Key: Hashable & CustomStringConvertible>(_ sizes: [Key: Int]) -> JSON {
        let present = sizes.filter { $0.value != 0 }
        return .object(
            Dictionary(uniqueKeysWithValues: present.map { ($0.key.description, .integer($0.value)) }))
    }

    static func layers(_ layers: Set<Int>) -> JSON { .array(layers.sorted().map(JSON.integer)) }
}

extension JSONObjectReader {
    /// A map from names to sizes, sorted.
    mutating func sizes(_ key: String, upTo largest: Int) throws(InputError) -> [(String, Int)] {
        guard var reader = try object(key) else { return [] }
        var sizes: [(String, Int)] = []
        for key in reader.keys { sizes.append((key, try reader.integer(key, in: 0...largest))) }
        return sizes
    }

    func site(_ text: String, in key: String) throws(InputError) -> Site {
        guard let site = Site(text) else {
            let example = Projection.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("\(key).\(text)", "expected layer.projection, such as 3.query (\(example))")
        }
        return site
    }

    /// Sizes by layer, without those of 0.
    mutating func layerSizes(_ key: String, upTo largest: Int) throws(InputError) -> [Int: Int] {
        var sizes: [Int: Int] = [:]
        for (name, size) in try self.sizes(key, upTo: largest) {
            guard let layer = Int(name), layer >= 0, String(layer) == name else {
                throw error("\(key).\(name)", "expected a layer, counted from 0")
            }
            if size > 0 { sizes[layer] = size }
        }
        return sizes
    }

    mutating func layers(_ key: String) throws(InputError) -> Set<Int>? {
        guard let values = try array(key) else { return nil }
        var layers: Set<Int> = []
        for value in values {
            guard let layer = value.integer, layer >= 0, layer < 10_000 else {
                throw error(key, "expected layers, counted from 0, found \(Self.name(of: value))")
            }
            guard layers.insert(layer).inserted else { throw error(key, "\(layer) stands twice") }
        }
        return layers
    }
}
