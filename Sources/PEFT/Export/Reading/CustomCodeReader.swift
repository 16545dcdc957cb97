import Experiments
import LinearAlgebra

/// Reads the parts of a folder with code of this program: what the code does
/// is done here by the network itself, and no Python is run.
struct CustomCodeReader {
    let folder: ModelFolder

    /// The parts of a `config.json`, or nil where it has none.
    static func parts(in config: JSON, path: String) throws(InputError) -> [JSON]? {
        guard let settings = config["peft_search"] else {
            let own = Set((config["auto_map"]?.object ?? [:]).keys)
            guard own.isDisjoint(with: [ReadRows.first.autoModel, ReadRows.all.autoModel]) else {
                throw InputError(
                    path, key: "auto_map", reason: "the model runs code of its own, which is not read here")
            }
            return nil
        }
        var reader = try JSONObjectReader(settings, subject: path, path: "peft_search")
        let parts = try reader.array("parts") ?? []
        try reader.finish()
        return parts
    }

    func attach(_ settings: [JSON], to parts: inout ModelParts) throws(InputError) {
        let path = "\(folder.path)/config.json"
        var components: [JSON] = []
        for (index, value) in settings.enumerated() {
            var reader = try JSONObjectReader(value, subject: path, path: "peft_search.parts[\(index)]")
            let method = try reader.string("method")
            var members = value.object ?? [:]
            members["method"] = nil
            if method == CustomCode.Passage.headMethod {
                parts.hasPooler = false
            } else {
                components.append(.object([method: .object(members)]))
            }
        }
        let configuration = try Configuration(json: ["components": .array(components)], subject: path)
        try configuration.check(against: folder.configuration.shape, subject: path)
        for component in configuration.components { try readTensors(of: component, path, into: &parts) }
        parts.components = configuration.components
    }

    private func readTensors(
        of component: Component, _ path: String, into parts: inout ModelParts
    ) throws(InputError) {
        let tensors = component.exported.codeTensors(
            of: folder.configuration.family, folder.configuration.shape)
        guard !tensors.isEmpty else {
            throw InputError(path, key: "peft_search.parts", reason: "\(component.method) is no part of code")
        }
        for tensor in tensors {
            parts.attached[tensor.ours.name] = Matrix(
                rows: tensor.ours.rows, columns: tensor.ours.columns,
                values: try folder.tensor(tensor.theirs, shape: tensor.shape))
        }
    }
}
