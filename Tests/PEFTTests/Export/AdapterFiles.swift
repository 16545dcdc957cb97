import Experiments
import Foundation
import LinearAlgebra
import PEFT

/// The files of an adapter, changed in their place.
enum AdapterFiles {
    /// Changes a config and its tensors; a new tensor has two dimensions.
    static func change(
        _ config: String, _ tensors: String,
        _ change: (inout [String: JSON], inout [String: Matrix]) throws -> Void
    ) throws {
        var members = try JSON.parse(readFile(config)).object ?? [:]
        let old = try SafetensorsFile(path: tensors)
        var values: [String: Matrix] = [:]
        for name in old.names {
            let shape = old[name]?.shape ?? []
            values[name] = Matrix(
                rows: shape.count == 2 ? shape[0] : 1, columns: shape[shape.count - 1],
                values: try old.floats(name))
        }
        try change(&members, &values)
        try Data(JSON.object(members).canonicalText.utf8).write(to: URL(fileURLWithPath: config))
        try SafetensorsWriter.write(
            tensors: values.sorted { $0.key < $1.key }.map {
                ($0, old[$0]?.shape.count == 1 ? [$1.count] : [$1.rows, $1.columns], $1.values)
            }, metadata: [:], to: tensors)
    }

    /// Of an adapter of PEFT.
    static func change(
        peft path: String, _ change: (inout [String: JSON], inout [String: Matrix]) throws -> Void
    ) throws {
        try Self.change("\(path)/adapter_config.json", "\(path)/adapter_model.safetensors", change)
    }

    /// Of an adapter of AdapterHub's library; the members are those within
    /// `config`.
    static func change(
        adapterHub path: String, _ change: (inout [String: JSON], inout [String: Matrix]) throws -> Void
    ) throws {
        try Self.change("\(path)/adapter_config.json", "\(path)/adapter.safetensors") { members, tensors in
            var config = members["config"]?.object ?? [:]
            try change(&config, &tensors)
            members["config"] = .object(config)
        }
    }
}
