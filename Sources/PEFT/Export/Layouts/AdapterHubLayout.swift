import Experiments
import LinearAlgebra

/// Adapters of AdapterHub's library as one set-up.
///
/// What the library has no adapter for is in the weights of a base of the
/// set-up's own, in the folder `base`.
struct AdapterHubLayout: ExportLayout {
    static let name = "adapterhub"
    static let version = "adapters.1.3.0"

    /// Where the base is that the adapters are put on.
    enum Base {
        /// The base model's own place, or `base` within the folder where the
        /// weights differ from it.
        case named(String)
        /// The folder around this one, which has everything folded in.
        case enclosing
    }

    let model: TrainedModel
    let base: Base

    private var isWithin: Bool { if case .enclosing = base { true } else { false } }

    private var setup: AdapterHubSetup {
        var setup = AdapterHubSetup(
            family: model.family, shape: model.base.shape, foldsAll: isWithin)
        for component in model.configuration.components { component.exported.add(to: &setup, of: model) }
        model.configuration.head.add(to: &setup, of: model)
        let python = PythonModel(of: model.family)
        if python.adapterHubWantsPrefix, !model.folder.hasPrefixedTensors { setup.needsOwnBase() }
        return setup
    }

    func write(into folder: ExportFolder) throws(InputError) {
        let setup = setup
        for (name, adapter) in setup.adapters.sorted(by: { $0.key < $1.key }) {
            let part = try folder.subfolder(name)
            try part.write(adapter.tensors, to: "adapter.safetensors")
            try part.write(description(of: .object(adapter.config), named: name), to: "adapter_config.json")
        }
        if let head = setup.head {
            let part = try folder.subfolder("head")
            try part.write(head.tensors, to: "model_head.safetensors")
            try part.write(description(of: head.config, named: "head"), to: "head_config.json")
        }
        try folder.write(stack(of: setup), to: "adapter_setup.json")
        guard !isWithin else { return }
        let files = TransformersFiles(model: model)
        try files.copyTokenizer(into: folder)
        guard setup.hasOwnBase else { return }
        let own = try folder.subfolder("base")
        try files.write(Self.baseTensors(of: model, without: setup.adaptedMaps), into: own)
        try own.write(files.config(), to: "config.json")
        try files.copyTokenizer(into: own)
    }

    private func stack(of setup: AdapterHubSetup) -> JSON {
        let children = setup.adapters.keys.sorted().map { name -> JSON in
            ["type": "single", "children": [.string(name)]]
        }
        return [
            "adapter_setup": ["type": "Stack", "children": .array(children)], "head_setup": "head",
            "version": .string(Self.version),
        ]
    }

    private func description(of config: JSON, named name: String) -> JSON {
        [
            "config": config, "hidden_size": .integer(model.base.shape.hidden),
            "model_class": .string(PythonModel(of: model.family).adapterModel),
            "model_type": .string(model.family.name), "name": .string(name),
            "model_name": .string(baseName), "version": .string(Self.version),
        ]
    }

    /// All that is folded in, but for the updates that are adapters.
    private static func baseTensors(of model: TrainedModel, without adapted: Set<String>) -> [String: Matrix]
    {
        var tensors = model.folded()
        for map in model.network.blocks.flatMap(\.maps.values) {
            let name = String(map.weight.name.dropLast(".weight".count))
            guard adapted.contains(name) else { continue }
            let plain = AffineMap(weight: map.weight, bias: map.bias)
            (plain.edit.inputScale, plain.edit.outputScale) = (map.edit.inputScale, map.edit.outputScale)
            (tensors[map.weight.name], tensors[map.bias.name]) = plain.merged()
        }
        return tensors
    }

    private var baseName: String {
        switch base {
        case .named(let name): setup.hasOwnBase ? "base" : name
        case .enclosing: ".."
        }
    }

    var loading: [String] {
        let base =
            switch self.base {
            case .named(let name): setup.hasOwnBase ? "folder + \"/base\"" : PythonText.literal(name)
            case .enclosing: "folder"
            }
        let place = isWithin ? "folder + \"/\(Self.name)\"" : "folder"
        return [
            "from adapters import AutoAdapterModel",
            "from transformers import AutoTokenizer",
            "",
            "base = \(base)",
            model.loadingTokenizer(from: "base"),
            "model = AutoAdapterModel.from_pretrained(base)",
            "model.load_adapter_setup(\(place), set_active=True, use_safetensors=True)",
            "model = model.eval()",
        ]
    }

    var requirements: String { "adapters 1.3, which needs transformers 4.57" }
    var library: String { "adapter-transformers" }
}
