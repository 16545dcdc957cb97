import Experiments
import Yams

/// A YAML text as JSON, with the line of every key.
///
/// Plain scalars follow the core schema of YAML 1.2 (`no` is a text, `1e-3` a
/// number). Aliases are expanded within bounds, so a small file cannot become
/// a large value.
struct YAMLDocument {
    let json: JSON
    /// By key path (`task.text[0]`): where the key stands, from 1.
    let lines: [String: Int]

    private static let largestTree = 100_000

    init(path: String) throws(InputError) {
        try self.init(text: Self.read(path), subject: path)
    }

    init(text: String, subject: String) throws(InputError) {
        try Self.refuseManyAliases(in: text, subject: subject)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw Self.error(error, in: text, subject: subject)
        } catch {
            throw InputError(subject, reason: "is not YAML: \(error)")
        }
        guard let root else {
            throw InputError(subject, reason: "is empty", suggestion: "start from examples/")
        }
        var conversion = Conversion(subject: subject)
        json = try conversion.json(root, path: "", depth: 0)
        lines = conversion.lines
    }

    /// The error with the line of its key, or of the nearest enclosing one.
    func located(_ error: InputError) -> InputError {
        guard error.line == nil, var key = error.key else { return error }
        var located = error
        while true {
            if let line = lines[key] {
                located.line = line
                return located
            }
            guard let cut = key.lastIndex(where: { $0 == "." || $0 == "[" }) else { return located }
            key = String(key[..<cut])
        }
    }

    private static func read(_ path: String) throws(InputError) -> String {
        let bytes = try BoundedFile.contents(of: path, expected: "a study file")
        // Some editors begin a text with a byte order mark.
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: content, as: UTF8.self), !text.contains("\0") else {
            throw InputError(path, reason: "is not UTF-8 text; expected a study file in YAML")
        }
        return text
    }

    private static func error(_ error: YamlError, in text: String, subject: String) -> InputError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let line = text.split(separator: "\n", omittingEmptySubsequences: false)
                .dropFirst(mark.line - 1).first
            let isIndentedByTab = line?.prefix { $0.isWhitespace }.contains("\t") ?? false
            return InputError(
                subject, line: mark.line,
                reason: problem.hasPrefix("Maximum nesting level")
                    ? "is too large or nested too deeply" : "is not YAML: \(problem)",
                suggestion: isIndentedByTab ? "spaces instead of tabs" : nil)
        case .duplicatedKeysInMapping(let keys, let context):
            return InputError(
                subject, line: context.mark.line,
                reason: "a key stands twice: \(keys.map { "\($0)" }.sorted().joined(separator: ", "))")
        default:
            return InputError(subject, reason: "is not YAML: \(error)")
        }
    }

    private struct Conversion {
        let subject: String
        var lines: [String: Int] = [:]
        var count = 0

        mutating func json(_ node: Node, path: String, depth: Int) throws(InputError) -> JSON {
            count += 1
            guard count <= YAMLDocument.largestTree, depth <= 32 else {
                throw InputError(subject, line: node.mark?.line, reason: "is too large or nested too deeply")
            }
            switch node {
            case .scalar(let scalar):
                try refuseNUL(in: scalar, at: path)
                return Self.value(of: scalar)
            case .sequence(let sequence):
                var values: [JSON] = []
                for (index, element) in sequence.enumerated() {
                    let place = "\(path)[\(index)]"
                    lines[place] = element.mark?.line
                    values.append(try json(element, path: place, depth: depth + 1))
                }
                return .array(values)
            case .mapping(let mapping):
                var members: [String: JSON] = [:]
                for (key, value) in mapping {
                    guard case .scalar(let scalar) = key else {
                        throw InputError(subject, line: key.mark?.line, reason: "a key must be a text")
                    }
                    try refuseNUL(in: scalar, at: path)
                    let place = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
                    lines[place] = scalar.mark?.line
                    let member = try json(value, path: place, depth: depth + 1)
                    guard members.updateValue(member, forKey: scalar.string) == nil else {
                        throw InputError(subject, line: scalar.mark?.line, key: place, reason: "stands twice")
                    }
                }
                return .object(members)
            case .alias(let alias):
                throw InputError(subject, line: alias.mark?.line, reason: "an alias without its anchor")
            }
        }

        /// No path, argument or database can hold one.
        private func refuseNUL(in scalar: Node.Scalar, at path: String) throws(InputError) {
            guard scalar.string.utf8.contains(0) else { return }
            throw InputError(
                subject, line: scalar.mark?.line, key: path.isEmpty ? nil : path,
                reason: "a text holds NUL, the character \\0")
        }

        private static func value(of scalar: Node.Scalar) -> JSON {
            let text = scalar.string
            guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
            switch text {
            case "", "~", "null", "Null", "NULL": return .null
            case "true", "True", "TRUE": return .bool(true)
            case "false", "False", "FALSE": return .bool(false)
            default: break
            }
            let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            let isNumeric = digits.first.map { (48...57).contains($0) || $0 == UInt8(ascii: ".") } ?? false
            let hasOnlyNumericCharacters = text.utf8.allSatisfy {
                (48...57).contains($0) || "+-.eE".utf8.contains($0)
            }
            guard isNumeric, hasOnlyNumericCharacters else { return .string(text) }
            if let whole = Int(text) { return .integer(whole) }
            if let number = Double(text), number.isFinite { return .number(number) }
            return .string(text)
        }
    }
}
