extension AdapterFusion {
    private static let adapterCounts = 2...32

    package init(sizes reader: inout JSONObjectReader) throws(InputError) {
        self.init(
            adapters: try Self.adapters(&reader), layers: try reader.layers("layers") ?? [],
            model: try reader.sha256("model"))
    }

    package var sizesJSON: [String: JSON] {
        [
            "layers": .layers(layers), "model": .string(model),
            "adapters": .array(
                adapters.map { ["artifact": .string($0.artifact), "bottleneck": $0.bottleneck.content] }),
        ]
    }

    private static func adapters(_ reader: inout JSONObjectReader) throws(InputError) -> [Adapter] {
        let values = try reader.array("adapters") ?? []
        guard adapterCounts.contains(values.count) else {
            throw reader.error(
                "adapters",
                "expected \(adapterCounts.lowerBound) to \(adapterCounts.upperBound) adapters, found \(values.count)"
            )
        }
        var adapters: [Adapter] = []
        for (index, value) in values.enumerated() {
            let path = "\(reader.path(to: "adapters"))[\(index)]"
            var entry = try JSONObjectReader(value, subject: reader.subject, path: path)
            let artifact = try entry.sha256("artifact")
            var bottleneck = try entry.requiredObject("bottleneck")
            adapters.append(
                Adapter(artifact: artifact, bottleneck: try Bottleneck(content: &bottleneck)))
            try entry.finish()
        }
        return adapters
    }
}

extension JSONObjectReader {
    /// A SHA-256 in lowercase hexadecimal digits: it may become a file's name.
    fileprivate mutating func sha256(_ key: String) throws(InputError) -> String {
        let text = try string(key)
        guard ContentHash.isSHA256(text) else {
            throw error(
                key, "expected a SHA-256 of 64 digits 0-9 and a-f, found \(Self.name(of: .string(text)))")
        }
        return text
    }
}
