import Experiments

/// Modules as a config of PEFT names them: by the ends of their names, or by a
/// regular expression for all of it.
enum PEFTModuleNames {
    case all(of: [String])
    case pattern(ModulePattern)
    /// By which PEFT knows an adapter that has whole modules alone.
    case placeholder

    static let placeholderText = "dummy-target-modules"

    /// Nil where the key is absent.
    init?(_ key: String, _ reader: inout JSONObjectReader) throws(InputError) {
        guard let value = reader.optional(key) else { return nil }
        guard let text = value.string else {
            let names = try reader.strings(key)
            guard names.count <= 10_000 else { throw reader.error(key, "has more than 10000 names") }
            self = .all(of: names)
            return
        }
        guard text != "all-linear" else {
            throw reader.error(key, "all-linear stands for names that are not in the file")
        }
        guard text != Self.placeholderText else {
            self = .placeholder
            return
        }
        self = .pattern(try ModulePattern(text, path: reader.subject, key: key))
    }

    func contains(_ module: String) -> Bool {
        switch self {
        case .all(let names): names.contains { module == $0 || module.hasSuffix(".\($0)") }
        case .pattern(let pattern): pattern.matches(module)
        case .placeholder: false
        }
    }

    var isPattern: Bool { if case .pattern = self { true } else { false } }
    var isPlaceholder: Bool { if case .placeholder = self { true } else { false } }
}

extension ModulePattern {
    /// - Throws: naming the file and the key.
    init(_ pattern: String, path: String, key: String) throws(InputError) {
        do {
            try self.init(pattern)
        } catch {
            throw InputError(
                path, key: key, reason: "the regular expression \(pattern.prefix(60)) \(error.reason)")
        }
    }
}
