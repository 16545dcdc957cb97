import Experiments
import Foundation
import LinearAlgebra
import PEFT
import TestSupport
import Testing

/// Exported, read back, and the same logits within 1e-5.
@Suite struct RoundTripTests {
    private static let formats: [ExportFormat?] = [nil] + ExportFormat.allCases

    @Test(arguments: ConfigurationCase.all)
    func `every format that can hold a configuration gives its logits back`(example: ConfigurationCase) throws
    {
        let exports = try ExportExample()
        let possible = example.configuration.exportFormats(for: "bert", task: .classification)
        #expect(possible.contains(.customCode))
        for format in Self.formats where format.map(possible.contains) ?? true {
            let name = format?.rawValue ?? "auto"
            let (before, after, _) = try exports.roundTrip(example.configuration, as: format, named: name)
            let error = difference(before, after)
            #expect(error < 1e-5, "\(name): \(error)")
            example.record(.importBack, error, tolerance: 1e-5)
        }
    }

    @Test func `sixty random hybrids come back from every format that can hold them`() throws {
        let exports = try ExportExample()
        var largest: [String: Float] = [:]
        for seed: UInt64 in 0..<60 {
            let configuration = Configuration.random(seed: seed)
            let possible = configuration.exportFormats(for: "bert", task: .classification)
            for format in possible.isEmpty ? [] : [nil] + possible {
                let name = format?.rawValue ?? "auto"
                let (before, after, path) = try exports.roundTrip(
                    configuration, as: format, named: "\(name)-\(seed)")
                largest[name] = max(largest[name] ?? 0, Float(difference(before, after)))
                try FileManager.default.removeItem(atPath: path)
            }
        }
        #expect(largest.count == 5, "all formats are among them")
        for (name, error) in largest { #expect(error < 1e-5, "\(name): \(error)") }
    }

    @Test func `what folds into weights is an adapter of PEFT too, so auto never needs full weights alone`() {
        let configurations = (0..<200).map { Configuration.random(seed: $0) }
        let all = configurations + ConfigurationCase.all.map(\.configuration)
        for family in ["bert", "distilbert"] {
            for configuration in all {
                let possible = configuration.exportFormats(for: family, task: .classification)
                #expect(!possible.contains(.merged) || possible.contains(.peft))
            }
        }
    }

    @Test func `a format that is suggested in the place of another works`() throws {
        let exports = try ExportExample()
        let gated = LoRA(ranks: [Site(layer: 0, projection: .query): 2], gate: true)
        let configuration = Configuration(components: [.lora(gated)])
        let model = try exports.model(configuration, network: exports.network(configuration))
        let error = #expect(throws: InputError.self) {
            try ModelExport.write(model, as: .merged, to: "\(exports.example.folder.path)/merged")
        }
        #expect(error?.suggestion == "auto, custom_code")
        for format in [nil, ExportFormat.customCode] {
            try ModelExport.write(
                model, as: format, to: "\(exports.example.folder.path)/\(format?.rawValue ?? "auto")")
        }
    }

    @Test func `virtual tokens that leave no positions are told as such`() throws {
        let exports = try ExportExample()
        let shape = exports.folder.configuration.shape
        let length = shape.positions - 2
        let lengths = Dictionary(uniqueKeysWithValues: (0..<shape.layers).map { ($0, length) })
        let configuration = Configuration(components: [
            .prefix(PrefixTuning(lengths: lengths, shiftsPositions: true))
        ])
        let path = "\(exports.example.folder.path)/long"
        try ModelExport.write(
            exports.model(configuration, network: exports.network(configuration)), as: .peft, to: path)
        let error = #expect(throws: InputError.self) { try HandedOverModel(folder: path) }
        #expect(error?.subject == path)
        #expect(error?.reason.contains("virtual tokens take \(length)") == true)
    }

    @Test func `a lost tensor shows`() throws {
        let exports = try ExportExample()
        let configuration = ConfigurationCase.mergeable[3].configuration
        let network = try exports.network(configuration)
        let path = "\(exports.example.folder.path)/plain"
        try ModelExport.write(exports.model(configuration, network: network), as: .merged, to: path)
        let read = try HandedOverModel(folder: path).network.logits(of: ExportExample.batch)
        let other = try exports.network(Configuration()).logits(of: ExportExample.batch)
        #expect(difference(read, network.logits(of: ExportExample.batch)) < 1e-5)
        #expect(difference(read, other) > 1e-3)
    }

    @Test func `an export twice is the same bytes`() throws {
        let exports = try ExportExample()
        let configuration = ConfigurationCase.withBottlenecks[5].configuration
        let paths = try ["one", "two"].map {
            try exports.roundTrip(configuration, as: .customCode, named: $0).path
        }
        let names = try FileManager.default.subpathsOfDirectory(atPath: paths[0]).sorted()
        #expect(try FileManager.default.subpathsOfDirectory(atPath: paths[1]).sorted() == names)
        #expect(names.contains("modeling_peft_search.py") && names.contains("README.md"))
        for name in names {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(paths[0])/\(name)", isDirectory: &isFolder)
            guard !isFolder.boolValue else { continue }
            #expect(try readFile("\(paths[0])/\(name)") == readFile("\(paths[1])/\(name)"), "\(name)")
        }
    }

    @Test func `what a format cannot hold is refused with the reason, and nothing is written`() throws {
        let exports = try ExportExample()
        let configuration = ConfigurationCase.withBottlenecks[0].configuration
        let model = try exports.model(configuration, network: exports.network(configuration))
        let path = "\(exports.example.folder.path)/refused"
        let error = #expect(throws: InputError.self) { try ModelExport.write(model, as: .peft, to: path) }
        #expect(error?.reason == "is not possible: PEFT has no bottleneck adapters")
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
