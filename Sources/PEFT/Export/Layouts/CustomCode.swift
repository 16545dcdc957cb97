import Experiments
import LinearAlgebra

/// What the Python file of a folder with code does, method by method.
///
/// `config.json` lists the parts in order; each is attached by the function
/// `attach_<method>` of the file.
struct CustomCode {
    /// A passage of Python that defines `attach_<method>`.
    struct Passage {
        let method: String
        /// What stands in front of it, once for all.
        var needs: [String] = []
        let text: String
    }

    private let python: PythonModel
    private let rows: ReadRows
    private var passages: [String] = []
    private(set) var parts: [JSON] = []
    /// By the names of the model in Python.
    private(set) var tensors: [String: Matrix] = [:]

    init(_ model: TrainedModel) {
        let family = model.family
        python = PythonModel(of: family)
        rows = model.readRows
        let values = model.network.attachedValues
        for method in Self.ordered(model.configuration.components.map(\.exported)) {
            guard let passage = method.passage(for: family, reading: rows) else { continue }
            add(passage, settings: method.evaluated.settings)
            for tensor in method.codeTensors(of: family, model.base.shape) {
                tensors[tensor.theirs] = values[tensor.ours.name]
            }
        }
        if rows == .first, model.configuration.head.pooler == .absent {
            add(.headWithoutPooler(of: family), settings: [:])
        }
    }

    /// A prompt is in the mask that gates read, and an update of a map in what
    /// stands behind it.
    private static func ordered(_ methods: [any ExportedMethod]) -> [any ExportedMethod] {
        let first = methods.filter { $0 is PromptTuning } + methods.filter { $0 is LoRA }
        return first + methods.filter { !($0 is PromptTuning || $0 is LoRA) }
    }

    private mutating func add(_ passage: Passage, settings: [String: JSON]) {
        for text in passage.needs + [passage.text] where !passages.contains(text) { passages.append(text) }
        parts.append(.object(settings.merging(["method": .string(passage.method)]) { $1 }))
    }

    var className: String { "\(classifier)WithAdapters" }

    private var classifier: String { python.classifier(reading: rows) }

    /// The file.
    var text: String {
        ([beginning] + passages + [model]).joined(separator: "\n\n\n") + "\n"
    }

    private var beginning: String {
        #"""
        """A classifier with what plain weights cannot hold, as config.json lists it under "peft_search".

        Written by PEFT Search. Needs torch and transformers (4.57 or 5) alone; reads no file and opens no
        connection.
        """

        \#(passages.contains(Passage.gate) ? "import contextvars\n\n" : "")import torch
        from torch import nn
        from transformers import \#(classifier)
        """#
    }

    private var model: String {
        #"""
        class \#(className)(\#(classifier)):
            def __init__(self, config):
                super().__init__(config)
                for part in config.peft_search["parts"]:
                    globals()["attach_" + part["method"]](self, part)
        """#
    }
}

extension Component {
    /// What stands under its name in a configuration.
    fileprivate var settings: [String: JSON] {
        Configuration(components: [self]).json["components"]?.array?.first?[method]?.object ?? [:]
    }
}

extension Transformer {
    /// What is attached beside the weights, by name, as it is after training:
    /// also what is computed from trained tensors.
    fileprivate var attachedValues: [String: Matrix] {
        let adapters = blocks.flatMap(\.adapters.values)
        let prefixes = blocks.compactMap(\.prefix)
        let updates = blocks.flatMap(\.maps.values).flatMap(\.edit.updates).filter { $0.gate != nil }
        let gates = adapters.map(\.gate) + prefixes.map(\.gate) + updates.map(\.gate)
        let parameters =
            adapters.flatMap { [$0.down, $0.up] }.flatMap { [$0.weight, $0.bias] }
            + prefixes.flatMap { [$0.key, $0.value] } + updates.flatMap { [$0.down, $0.up] }
            + gates.compactMap { $0 }.flatMap(\.parameters)
            + blocks.compactMap(\.queryFeatures?.matrices) + [embeddings.prompt?.vectors].compactMap { $0 }
        return Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
    }
}
