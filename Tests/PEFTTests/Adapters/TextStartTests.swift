import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Testing

/// Prompts and prefixes that begin as a text, against PEFT and transformers.
@Suite struct TextStartTests {
    static let families = ["bert", "roberta"]

    /// A family's tiny model, and what the fixture says of it.
    private struct Example {
        let path: String
        let base: BaseModel
        let record: JSON
        let values: SafetensorsFile

        init(_ family: String) throws {
            let model = try GoldenCase.model(family == "bert" ? "" : "\(family)/")
            path = model.path
            base = try BaseModel(folder: model)
            record = try GoldenCase.json("text_starts/\(family).json")
            values = try SafetensorsFile(
                path: GoldenCase.folder.appending(path: "text_starts/\(family).safetensors").path)
        }

        func network(_ component: Component, labels: [String] = []) throws -> Transformer {
            try .attach(
                Configuration(components: [component]), to: base, classes: 2, seed: 1,
                sources: ComponentSources(modelFolder: path, labels: labels))
        }

        func trained(_ component: Component, labels: [String] = []) throws -> [String: Matrix] {
            let tensors = try network(component, labels: labels).trainedTensors
            return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.value) })
        }

        func words(_ ids: [Int]) -> Matrix {
            base.weights["embeddings.word_embeddings.weight"]!.matrix.gatherRows(ids)
        }
    }

    private static func prompt(_ length: Int, _ text: String) -> Component {
        .prompt(PromptTuning(length: length, start: .text, text: text))
    }

    @Test(arguments: families)
    func `a prompt begins as PEFT begins it`(family: String) throws {
        let example = try Example(family)
        let cases = try #require(example.record["cases"]?.array)
        #expect(cases.count == 9)
        for entry in cases {
            let (text, length) = (entry["text"]!.string!, entry["length"]!.integer!)
            let ids = entry["ids"]!.array!.map { $0.integer! }
            let start = try example.trained(Self.prompt(length, text))["embeddings.prompt.weight"]
            #expect(try #require(start).isIdentical(to: example.words(ids)), "\(text), \(length)")
        }
    }

    @Test(arguments: families)
    func `a prefix begins as the base's keys and values of the text`(family: String) throws {
        let example = try Example(family)
        let texts = try #require(example.record["texts"]?.array)
        for (index, text) in texts.enumerated() {
            let lengths = [0: 3, 2: 2]
            let tensors = try example.trained(
                .prefix(PrefixTuning(lengths: lengths, start: .text, text: text.string!)))
            for (layer, length) in lengths {
                for part in ["key", "value"] {
                    let name =
                        "encoder.layer.\(layer).attention.self.prefix_\(part).weight"
                    let found = try #require(tensors[name])
                    let stored = try example.values.floats("\(index).\(layer).\(part)")
                    let all = Matrix(rows: stored.count / 16, columns: 16, values: stored)
                    #expect(difference(found, all.gatherRows(Array(0..<length))) < 1e-5, "\(name)")
                }
            }
        }
    }

    @Test func `a text that is shorter than a prefix is repeated, and one that is too long is cut`() throws {
        let example = try Example("bert")
        func keys(_ length: Int, _ text: String) throws -> Matrix {
            let tensors = try example.trained(
                .prefix(PrefixTuning(lengths: [1: length], start: .text, text: text)))
            return try #require(tensors["encoder.layer.1.attention.self.prefix_key.weight"])
        }
        let repeated = Encoding(ids: [2, 19, 3, 2, 19, 3], typeIDs: [Int32](repeating: 0, count: 6))
        let plain = try Transformer.attach(Configuration(), to: example.base, classes: 2, seed: 1)
        let states = plain.states(of: TokenBatch([repeated]), after: 1, by: OpenBLASProducts()).values
        let name = "encoder.layer.1.attention.self.key"
        let expected = Matrix.product(
            states, example.base.weights["\(name).weight"]!.matrix, transposing: .second
        ).addingToEachRow(example.base.weights["\(name).bias"]!.matrix)
        #expect(difference(try keys(5, "yes"), expected.gatherRows(Array(0..<5))) < 1e-6)
        // The model has 40 positions: what stands behind them is not read.
        let long = String(repeating: "yes ", count: 2500)
        let fitting = String(repeating: "yes ", count: 39)
        #expect(try keys(4, long).isIdentical(to: keys(4, fitting)))
        #expect(try keys(4, fitting).isIdentical(to: keys(4, "yes")) == false)
        #expect(try keys(50, long).rows == 50)
    }

    @Test func `without a text the names of the labels are read`() throws {
        let example = try Example("bert")
        let named = try example.trained(Self.prompt(6, ""), labels: ["cat", "dog"])
        let written = try example.trained(Self.prompt(6, "cat, dog"))
        #expect(named["embeddings.prompt.weight"]!.isIdentical(to: written["embeddings.prompt.weight"]!))
    }

    @Test(arguments: [
        ("", "prompt.text", "is empty, and the task has no labels whose names it could be"),
        (" \u{200B}\u{7} ", "prompt.text", "has no tokens: the tokenizer leaves nothing of it"),
    ])
    func `a text without tokens is refused`(text: String, key: String, reason: String) throws {
        let example = try Example("bert")
        let error = try #require(throws: InputError.self) { try example.network(Self.prompt(3, text)) }
        #expect(error.key == key && error.reason == reason)
    }

    @Test func `without a tokenizer no text is read, and none is needed where nothing begins as one`() throws
    {
        let base = try Example("bert").base
        let error = try #require(throws: InputError.self) {
            try Transformer.attach(
                Configuration(components: [Self.prompt(2, "yes")]), to: base, classes: 2, seed: 1)
        }
        #expect(error.key == "prompt.start" && error.reason == "text needs the model's tokenizer")
        let projected = PrefixTuning(lengths: [0: 2], start: .text, projection: 3)
        _ = try Transformer.attach(
            Configuration(components: [.prefix(projected), Self.prompt(0, "yes")]), to: base, classes: 2,
            seed: 1)
    }

    @Test func `a trial begins as the names of its study's labels`() throws {
        let example = try EngineExample()
        var assignment = example.assignment()
        assignment.configuration = Configuration(
            components: [.prefix(PrefixTuning(lengths: [1: 2], start: .text)), Self.prompt(4, "")],
            training: TrainingSettings(learningRate: 1e-9, epochs: 1))
        let result = try example.engine().train(assignment, report: { _ in }, exclusively: { try $0() })
        let file = try SafetensorsFile(path: example.path(of: try #require(result.artifact)))
        // [CLS] cat , dog
        let words = try Example("bert").words([2, 10, 6, 11])
        let prompt = try file.floats("embeddings.prompt.weight")
        #expect(difference(Matrix(rows: 4, columns: 16, values: prompt), words) < 1e-6)
    }
}
