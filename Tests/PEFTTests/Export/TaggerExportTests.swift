import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Models of tagged words: exported, read back, and run over words.
@Suite struct TaggerExportTests {
    private static let models = ["golden/tiny-bert", "golden/roberta/tiny-roberta"]
    private static let lora = Component.lora(LoRA(ranks: [Site(layer: 1, projection: .query): 2]))
    private static let components: [[Component]] = [
        [], [lora], [lora, .bottleneck(Bottleneck(site: .pfeiffer, widths: [1: 3]))],
        [.prefix(PrefixTuning(lengths: [0: 2]))], [.prompt(PromptTuning(length: 2))],
        [.prompt(PromptTuning(length: 2, placement: .afterFirst))], [.layerNorm(LayerNormTuning()), lora],
    ]

    private static func configuration(_ components: [Component]) -> Configuration {
        Configuration(components: components, head: HeadSettings(pooler: .absent, dropout: 0))
    }

    @Test(arguments: models, components)
    func `every format that can hold a tagger gives the logits of all tokens back`(
        model: String, components: [Component]
    ) throws {
        let exports = try ExportExample(.tokenClassification, model: model)
        let configuration = Self.configuration(components)
        let family = exports.base.family.name
        let possible = configuration.exportFormats(for: family, task: .tokenClassification)
        #expect(
            possible.contains(.merged)
                == components.allSatisfy {
                    $0.method != "bottleneck"
                        && $0.method != "prefix" && $0.method != "prompt"
                })
        for format in [nil] + possible.map(Optional.some) {
            let name = format?.rawValue ?? "auto"
            let network = try exports.network(configuration)
            let path = "\(exports.example.folder.path)/\(name)"
            try ModelExport.write(exports.model(configuration, network: network), as: format, to: path)
            let after = try HandedOverModel(folder: path)
            let batch = try exports.textBatch()
            let logits = after.network.logits(of: batch)
            #expect(after.tagsWords && logits.rows == batch.ids.count)
            #expect(difference(network.logits(of: batch), logits) < 1e-5, "\(name)")
        }
    }

    @Test func `each format says that it tags words, with a classifier of that name alone`() throws {
        let exports = try ExportExample(.tokenClassification, model: "golden/roberta/tiny-roberta")
        let configuration = Self.configuration([Self.lora])
        func member(_ file: String, _ key: String, of format: ExportFormat) throws -> JSON? {
            let path = "\(exports.example.folder.path)/\(format.rawValue)"
            if !FileManager.default.fileExists(atPath: path) {
                let network = try exports.network(configuration)
                try ModelExport.write(exports.model(configuration, network: network), as: format, to: path)
            }
            return try JSON.parse(readFile("\(path)/\(file)"))[key]
        }
        #expect(
            try member("config.json", "architectures", of: .merged) == ["RobertaForTokenClassification"])
        #expect(try member("config.json", "id2label", of: .merged) == ["0": "B-animal", "1": "O"])
        #expect(try member("config.json", "problem_type", of: .merged)?.string == nil)
        #expect(try member("adapter_config.json", "task_type", of: .peft) == "TOKEN_CLS")
        #expect(try member("head/head_config.json", "config", of: .adapterHub)?["head_type"] == "tagging")
        #expect(
            try member("config.json", "auto_map", of: .customCode)?.object?.keys.first
                == "AutoModelForTokenClassification")
        let weights = try SafetensorsFile(path: "\(exports.example.folder.path)/merged/model.safetensors")
        #expect(
            weights.names.filter { $0.hasPrefix("classifier") } == ["classifier.bias", "classifier.weight"])
    }

    @Test func `the words of a file get labels and spans, and one that is cut off gets none`() throws {
        let exports = try ExportExample(.tokenClassification)
        let configuration = Self.configuration([Self.lora])
        let path = try exports.roundTrip(configuration, as: .merged, named: "tagger").path
        let sentence = Array(repeating: ["the", "bird", "ran"], count: 7).flatMap { $0 }
        let words = try exports.example.folder.write(
            "words.conll", "it ignored O\n\n" + sentence.map { "\($0)\n" }.joined())
        let texts = try exports.example.folder.write(
            "texts.jsonl", "{\"text\": \"it\"}\n{\"text\": \" \(sentence.joined(separator: "  "))\"}\n")
        let model = try HandedOverModel(folder: path)
        #expect(model.text == ["token"] && model.labels == ["B-animal", "O"])
        var found: [TaggedWords] = []
        try model.tag(file: words) { found += $0 }
        #expect(found.map(\.words) == [["it"], sentence])
        // 16 tokens, two of them special.
        #expect(found[1].predictions.map { $0 != nil } == (0..<21).map { $0 < 14 })
        for sentence in found {
            let starts = sentence.predictions.indices.filter { sentence.predictions[$0]?.label == 0 }
            #expect(sentence.spans?.map(\.words) == starts.map { $0...$0 })
        }
        var again: [TaggedWords] = []
        try model.tag(file: texts) { again += $0 }
        #expect(again == found)
    }

    @Test func `a file of words is refused by a model of texts, and columns by a file of words`() throws {
        let words = try TemporaryFolder()
        let file = try words.write("words.conll", "it\n")
        let configuration = Configuration(components: [Self.lora])
        let plain = try ExportExample()
        let path = try plain.roundTrip(configuration, as: .merged, named: "plain").path
        let texts = try HandedOverModel(folder: path)
        #expect(throws: InputError.self) { try texts.predict(file: file) { _ in } }
        let tagging = try ExportExample(.tokenClassification)
        let tagger = try HandedOverModel(
            folder: tagging.roundTrip(Self.configuration([]), as: .merged, named: "tagger").path)
        #expect(throws: InputError.self) { try tagger.tag(file: file, columns: ["text"]) { _ in } }
    }

    @Test func `a temperature is fitted on the tags of the validation split`() throws {
        let exports = try ExportExample(.tokenClassification)
        let configuration = Self.configuration([Self.lora])
        var model = try exports.model(configuration, network: exports.network(configuration))
        try model.foldTemperature()
        let path = "\(exports.example.folder.path)/calibrated"
        try ModelExport.write(model, to: path)
        let temperature = try JSON.parse(readFile("\(path)/peft_search.json"))["temperature"]?.number
        #expect(temperature != nil && temperature != 1)
    }
}
