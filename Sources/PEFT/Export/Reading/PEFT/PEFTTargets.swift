import Experiments

/// Which modules an adapter of PEFT changes: `check_target_module_exists` of
/// PEFT 0.21.
struct PEFTTargets {
    private let path: String
    private let included: PEFTModuleNames
    private let excluded: PEFTModuleNames?
    private let layers: Set<Int>
    private let layerPatterns: [String]
    /// Of modules that are saved whole, on which PEFT puts no update.
    private let saved: [ModulePattern]

    init(_ reader: inout JSONObjectReader) throws(InputError) {
        guard let included = try PEFTModuleNames("target_modules", &reader) else {
            throw reader.error("target_modules", "is missing: which modules are meant is not in the file")
        }
        path = reader.subject
        self.included = included
        let saved = try reader.strings("modules_to_save")
        guard saved.count <= 1_000 else { throw reader.error("modules_to_save", "has more than 1000 names") }
        self.saved = try saved.map { name throws(InputError) in
            try ModulePattern("(^|.*\\.)\(name)($|\\..*)", path: reader.subject, key: "modules_to_save")
        }
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
        guard excluded?.contains(module) != true, !saved.contains(where: { $0.matches(module) }),
            included.contains(module)
        else { return false }
        return layers.isEmpty || layer(of: module).map(layers.contains) ?? false
    }

    /// Refuses modules with an update that PEFT would not load, and modules
    /// without one where PEFT would draw it.
    /// - Parameter all: the modules of the base on which PEFT puts updates.
    func check(updated: Set<String>, of all: [String]) throws(InputError) {
        if let other = updated.sorted().first(where: { !contains($0) }) {
            throw error("\(other) is none of them, so PEFT would not load its update")
        }
        let targets = all.filter(contains)
        guard !targets.isEmpty || included.isPlaceholder else {
            throw error("none of them is a module of this model")
        }
        if let bare = targets.first(where: { !updated.contains($0) }) {
            throw error("\(bare) is one of them, and the file has no tensors of its update")
        }
    }

    private func error(_ reason: String) -> InputError {
        InputError(path, key: "target_modules", reason: reason)
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
