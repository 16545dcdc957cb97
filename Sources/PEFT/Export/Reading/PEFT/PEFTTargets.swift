import Experiments

/// Which modules an adapter of PEFT changes: `check_target_module_exists` of
/// PEFT 0.21.
struct PEFTTargets {
    private let included: PEFTModuleNames
    private let excluded: PEFTModuleNames?
    private let layers: Set<Int>
    private let layerPatterns: [String]

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        guard let included = try PEFTModuleNames("target_modules", &reader) else {
            throw reader.error("target_modules", "is missing: which modules are meant is not in the file")
        }
        self.included = included
        excluded = try PEFTModuleNames("exclude_modules", &reader)
        layers = try Self.layers(&reader)
        if let one = reader.optional("layers_pattern")?.string {
            layerPatterns = [one]
        } else {
            layerPatterns = try reader.strings("layers_pattern")
        }
        guard layers.isEmpty || !included.isPattern else {
            throw reader.error("layers_to_transform", "expected a list of target_modules beside it")
        }
        guard layerPatterns.allSatisfy({ $0.wholeMatch(of: #/[A-Za-z0-9_.]+/#) != nil }) else {
            throw reader.error("layers_pattern", "expected plain names")
        }
    }

    func contains(_ module: String) -> Bool {
        guard excluded?.contains(module) != true, included.contains(module) else { return false }
        return layers.isEmpty || layer(of: module).map(layers.contains) ?? false
    }

    /// The first number in the name, after a `layers_pattern` if there is one.
    private func layer(of module: String) -> Int? {
        let words = module.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        for index in words.indices.dropLast().dropFirst() {
            guard let number = Int(words[index]), number >= 0 else { continue }
            let before = words[..<index].joined(separator: ".")
            let isNamed = layerPatterns.contains { before == $0 || before.hasSuffix(".\($0)") }
            if layerPatterns.isEmpty ? index >= 2 : isNamed { return number }
        }
        return nil
    }

    private static func layers(_ reader: inout JSONObjectReader) throws(InputError) -> Set<Int> {
        guard let value = reader.optional("layers_to_transform") else { return [] }
        let numbers = (value.array ?? [value]).map(\.integer)
        guard !numbers.contains(nil), numbers.count <= 10_000 else {
            throw reader.error("layers_to_transform", "expected layers, counted from 0")
        }
        return Set(numbers.compactMap { $0 })
    }
}
