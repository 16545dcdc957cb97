import Experiments
import Foundation

/// The part of JSON Schema (draft 2020-12) that docs/schemas uses: `type`,
/// `required`, `properties`, `additionalProperties`, `items`, `enum`, and
/// `$ref` to a file beside it.
///
/// A keyword that it does not know is an error of the schema, so that none
/// passes unchecked.
struct JSONSchema {
    /// Why a schema cannot be used.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    private static let annotations: Set = ["$schema", "$id", "title", "description"]

    private let root: JSON
    private let folder: String

    init(_ root: JSON, folder: String = "") {
        self.root = root
        self.folder = folder
    }

    /// A schema of docs/schemas by its name without the ending.
    init(named name: String) throws {
        let folder = Program.root + "/docs/schemas"
        let text = try String(contentsOfFile: "\(folder)/\(name).json", encoding: .utf8)
        self.init(try JSON.parse(text), folder: folder)
    }

    /// What is wrong with a value, a line each: path and reason.
    func errors(in value: JSON) throws -> [String] {
        try errors(in: value, root, at: "$")
    }

    private func errors(in value: JSON, _ schema: JSON, at path: String) throws -> [String] {
        if let allowed = schema.bool { return allowed ? [] : ["\(path): is not allowed"] }
        guard let rules = schema.object else { throw Unusable(description: "\(path): not a schema") }
        var errors: [String] = []
        for (keyword, rule) in rules.sorted(by: { $0.key < $1.key }) {
            switch keyword {
            case "type": errors += typeErrors(value, rule, path)
            case "enum":
                let isListed = rule.array?.contains(value) ?? false
                if !isListed {
                    errors.append("\(path): \(value.canonicalText) is not one of \(rule.canonicalText)")
                }
            case "required": errors += missing(value, rule, path)
            case "properties": errors += try memberErrors(value, rule, path)
            case "additionalProperties": errors += try otherErrors(value, rule, rules["properties"], path)
            case "items": errors += try elementErrors(value, rule, path)
            case "$ref": errors += try referenced(rule).errors(in: value).map { path + $0.dropFirst() }
            case _ where Self.annotations.contains(keyword): break
            default: throw Unusable(description: "\(path): the keyword \(keyword) is not checked")
            }
        }
        return errors
    }

    private func typeErrors(_ value: JSON, _ rule: JSON, _ path: String) -> [String] {
        let names = rule.array?.compactMap(\.string) ?? [rule.string].compactMap { $0 }
        if names.contains(where: { Self.has(value, type: $0) }) { return [] }
        return [
            "\(path): expected \(names.joined(separator: " or ")), found \(value.canonicalText.prefix(60))"
        ]
    }

    private static func has(_ value: JSON, type: String) -> Bool {
        switch type {
        case "null": value == .null
        case "boolean": value.bool != nil
        case "integer": value.integer != nil
        case "number": value.number != nil
        case "string": value.string != nil
        case "array": value.array != nil
        case "object": value.object != nil
        default: false
        }
    }

    private func missing(_ value: JSON, _ rule: JSON, _ path: String) -> [String] {
        guard let members = value.object else { return [] }
        return (rule.array ?? []).compactMap(\.string).filter { members[$0] == nil }
            .map { "\(path): \($0) is missing" }
    }

    private func memberErrors(_ value: JSON, _ rule: JSON, _ path: String) throws -> [String] {
        guard let members = value.object, let schemas = rule.object else { return [] }
        return try schemas.sorted { $0.key < $1.key }.flatMap { name, schema in
            try members[name].map { try errors(in: $0, schema, at: "\(path).\(name)") } ?? []
        }
    }

    private func otherErrors(
        _ value: JSON, _ rule: JSON, _ properties: JSON?, _ path: String
    ) throws -> [String] {
        guard let members = value.object else { return [] }
        let others = members.filter { properties?[$0.key] == nil }.sorted { $0.key < $1.key }
        return try others.flatMap { try errors(in: $0.value, rule, at: "\(path).\($0.key)") }
    }

    private func elementErrors(_ value: JSON, _ rule: JSON, _ path: String) throws -> [String] {
        try (value.array ?? []).enumerated().flatMap { try errors(in: $1, rule, at: "\(path)[\($0)]") }
    }

    private func referenced(_ rule: JSON) throws -> JSONSchema {
        guard let name = rule.string, name.hasSuffix(".json"), !name.contains("/") else {
            throw Unusable(description: "\(rule.canonicalText) is not a file beside the schema")
        }
        return try JSONSchema(named: String(name.dropLast(5)))
    }
}
