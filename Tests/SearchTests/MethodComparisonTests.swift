import Experiments
import Foundation
import Testing

/// The configurations that tools/compare_methods.py compares, and the page
/// that it renders.
struct MethodComparisonTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let folder = root.appending(path: "Benchmarks/methods/configurations")

    static let names: [String] = {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static func configuration(_ name: String) throws -> Configuration {
        let json = try JSON.parse(Array(Data(contentsOf: folder.appending(path: "\(name).json"))))
        return try Configuration(json: json, subject: name)
    }

    @Test(arguments: names)
    func `a row fits the model and begins where a search would`(name: String) throws {
        let configuration = try Self.configuration(name)
        try configuration.check(against: Examples.miniLM, maximumLength: 64)
        let rates = configuration.components.map { component in
            let scale = (component.value as? Unfreezing)?.learningRateScale ?? 1
            return type(of: component.value).typicalLearningRate / scale
        }
        #expect(configuration.training.learningRate == rates.min() ?? 4e-3)
        var training = configuration.training
        training.learningRate = TrainingSettings().learningRate
        #expect(training == TrainingSettings(learningRate: training.learningRate, batchSize: 16))
        #expect(configuration.head == HeadSettings())
    }

    /// After a new method: a file in Benchmarks/methods/configurations, then
    /// make compare-methods. A fusion has none, for it needs finished trials, nor
    /// has a text, for each task would have its own.
    @Test func `every method and every variant of one has a row`() throws {
        let components = try Self.names.flatMap { try Self.configuration($0).components }
        let methods = Set(Component.methods.map { $0.name }).subtracting([AdapterFusion.name])
        #expect(Set(components.map(\.method)) == methods)
        let variants = [
            "lora.variant", "lora.start", "bottleneck.form", "prompt.encoder", "prompt.start", "bias.subset",
        ]
        let choices = Component.methods.flatMap(Self.choices).filter { variants.contains($0.key) }
        #expect(choices.count == variants.count)
        for (setting, names) in choices {
            let present = components.compactMap { Self.value(of: setting, in: $0) }
            let withoutRow = setting == "prompt.start" ? ["text"] : []
            #expect(Set(names).subtracting(present).subtracting(withoutRow) == [], "\(setting)")
        }
    }

    @Test func `the page of the comparison has every row`() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "docs/method-comparison.md"), encoding: .utf8)
        for name in Self.names { #expect(page.contains(name), "tools/compare_methods.py --render") }
    }

    private static func choices(_ method: any AdaptationMethod.Type) -> [(key: String, names: [String])] {
        func open<Method: AdaptationMethod>(_ method: Method.Type) -> [(key: String, names: [String])] {
            method.settings.compactMap { setting in
                guard case .choice(let names) = setting.range else { return nil }
                return ("\(method.name).\(setting.name)", names)
            }
        }
        return open(method)
    }

    private static func value(of key: String, in component: Component) -> String? {
        func open<Method: AdaptationMethod>(_ value: Method) -> String? {
            Method.settings.first { "\(Method.name).\($0.name)" == key }?.get(value).string
        }
        return open(component.value)
    }
}
