import Experiments
import LinearAlgebra

/// What the Python file of a folder with code does, method by method.
///
/// `config.json` lists the parts in order; each is attached by the function
/// `attach_<method>` of the file.
struct CustomCode {
    /// A passage of Python that defines `attach_<method>`.
    struct Passage: Hashable {
        let method: String
        let text: String
    }

    private let python: PythonModel
    private let rows: ReadRows
    private var passages: [Passage] = []
    private(set) var parts: [JSON] = []
    /// By the names of the model in Python.
    private(set) var tensors: [String: Matrix] = [:]

    init(_ model: TrainedModel) {
        let family = model.family
        python = PythonModel(of: family)
        rows = model.readRows
        let values = model.network.attachedValues
        for component in model.configuration.components {
            let method = component.exported
            guard let passage = type(of: method).passage(for: python, reading: rows) else { continue }
            add(passage, settings: method.evaluated.settings)
            for tensor in method.codeTensors(of: family, model.base.shape) {
                tensors[tensor.theirs] = values[tensor.ours.name]
            }
        }
        if rows == .first, model.configuration.head.pooler == .absent {
            add(.headWithoutPooler(of: family), settings: [:])
        }
    }

    private mutating func add(_ passage: Passage, settings: [String: JSON]) {
        if !passages.contains(passage) { passages.append(passage) }
        parts.append(.object(settings.merging(["method": .string(passage.method)]) { $1 }))
    }

    var className: String { "\(classifier)WithAdapters" }

    private var classifier: String { python.classifier(reading: rows) }

    /// The file.
    var text: String {
        ([beginning] + passages.map(\.text) + [model]).joined(separator: "\n\n\n") + "\n"
    }

    private var beginning: String {
        #"""
        """A classifier with what plain weights cannot hold, as config.json lists it under "peft_search".

        Written by PEFT Search. Needs torch and transformers (4.57 or 5) alone; reads no file and opens no
        connection.
        """

        import torch
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
        let maps = blocks.flatMap(\.adapters.values).flatMap { [$0.down, $0.up] }
        let parameters =
            maps.flatMap { [$0.weight, $0.bias] }
            + blocks.compactMap(\.prefix).flatMap { [$0.key, $0.value] }
            + [embeddings.prompt?.vectors].compactMap { $0 }
        return Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value) })
    }
}
