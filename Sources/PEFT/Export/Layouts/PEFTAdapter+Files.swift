import Experiments
import LinearAlgebra

extension PEFTAdapter {
    private static let prefix = "base_model.model."

    /// The tensors by their names on disk.
    /// - Parameter folded: all weights of the network, by our names.
    func tensors(folded: [String: Matrix], of family: ModelFamily) -> [String: Matrix] {
        var tensors: [String: Matrix] = [:]
        func add(_ name: String, _ value: Matrix?) {
            tensors[Self.prefix + family.transformersName(of: name)] = value
        }
        for (module, update) in updates {
            add("\(module).lora_A.weight", update.down)
            add("\(module).lora_B.weight", update.up)
            // PEFT itself writes it without the last word, and transformers' own loader then leaves it out.
            add("\(module).lora_magnitude_vector.weight", update.magnitude)
        }
        for (module, scale) in scales {
            let column = Matrix(rows: scale.value.count, columns: 1, values: scale.value.values)
            add("\(module).ia3_l", scale.isInput ? scale.value : column)
        }
        for (module, parts) in native?.tensors ?? [:] {
            for (part, value) in parts { add("\(module).\(part)", value) }
        }
        for (name, value) in native?.shared ?? [:] { tensors["base_model.\(name)"] = value }
        for (name, value) in folded where modules.contains(where: { name.hasPrefix("\($0).") }) {
            add(name, value)
        }
        for bias in biases {
            let module = String(bias.dropLast(".bias".count))
            guard !modules.contains(module), let value = folded[bias] else { continue }
            add(updates[module] == nil ? bias : "\(module).base_layer.bias", value)
        }
        return tensors
    }

    /// The `adapter_config.json`.
    /// - Parameter base: how PEFT finds the base model: a path or a name.
    func config(base: String, of model: TrainedModel) -> JSON {
        let family = model.family
        let common: [String: JSON] = [
            "task_type": .string(model.readRows.peftTask), "base_model_name_or_path": .string(base),
            "inference_mode": true,
            "modules_to_save": names(modules, family), "fan_in_fan_out": false,
        ]
        let members =
            native.map { nativeMembers($0, family) }
            ?? (scales.isEmpty ? loraMembers(family) : scaleMembers(family))
        return .object(common.merging(members) { $1 })
    }

    private func names(_ modules: some Sequence<String>, _ family: ModelFamily) -> JSON {
        .array(modules.map(family.transformersName).sorted().map(JSON.string))
    }

    private func nativeMembers(_ form: PEFTNativeForm, _ family: ModelFamily) -> [String: JSON] {
        form.members.merging([
            "peft_type": .string(form.type), "target_modules": names(form.tensors.keys, family),
        ]) { $1 }
    }

    private func scaleMembers(_ family: ModelFamily) -> [String: JSON] {
        [
            "peft_type": "IA3", "target_modules": names(scales.keys, family),
            "feedforward_modules": names(scales.filter(\.value.isInput).keys, family),
            "init_ia3_weights": true,
        ]
    }

    private func loraMembers(_ family: ModelFamily) -> [String: JSON] {
        let targets = updates.keys.sorted()
        let ranks = targets.map { updates[$0]!.down.rows }
        let alphas = targets.map { updates[$0]!.alpha }
        let isUniform = Set(ranks).count <= 1 && Set(alphas).count <= 1
        let keys = targets.map { PEFTPattern.exact(family.transformersName(of: $0)) }
        func pattern(_ values: [JSON]) -> JSON {
            isUniform ? [:] : .object(Dictionary(uniqueKeysWithValues: zip(keys, values)))
        }
        return [
            "peft_type": "LORA", "r": .integer(ranks.first ?? 1), "lora_alpha": .number(alphas.first ?? 1),
            "lora_dropout": .number(dropout),
            "target_modules": targets.isEmpty
                ? .string(PEFTModuleNames.placeholderText) : names(targets, family),
            "rank_pattern": pattern(ranks.map(JSON.integer)),
            "alpha_pattern": pattern(alphas.map(JSON.number)), "bias": biases.isEmpty ? "none" : "all",
            "use_rslora": false, "use_dora": .bool(updates.values.contains { $0.magnitude != nil }),
            "init_lora_weights": true,
        ]
    }
}
