import Experiments
import Foundation
import PEFT
import Testing

/// Where an export lands, or does not.
@Suite struct ExportFolderTests {
    private func model(_ exports: ExportExample) throws -> TrainedModel {
        try exports.model(Configuration(), network: exports.network(Configuration()))
    }

    @Test func `an empty folder is filled, one with a file is left alone`() throws {
        let exports = try ExportExample()
        let place = try TemporaryFolder()
        try ModelExport.write(model(exports), as: .merged, to: place.path)
        let names = try place.fileNames
        #expect(names.contains("config.json") && names.contains("vocab.txt") && !names.contains("partial"))
        let error = #expect(throws: InputError.self) { try ModelExport.write(model(exports), to: place.path) }
        #expect(error?.reason == "is not empty; nothing in it is overwritten")
        #expect(try place.fileNames == names)
    }

    @Test func `a place that cannot be written to gives an error and no rest`() throws {
        let exports = try ExportExample()
        let place = try TemporaryFolder()
        let file = try place.write("file", "x")
        for path in [file, "\(file)/within", ""] {
            #expect(throws: InputError.self) { try ModelExport.write(model(exports), to: path) }
        }
        #expect(try place.fileNames == ["file"])
    }

    @Test func `what a killed export left is removed, what a live one writes is not`() throws {
        let exports = try ExportExample()
        let place = try TemporaryFolder()
        let target = "\(place.path)/model"
        let dead = Process()
        dead.executableURL = URL(fileURLWithPath: "/bin/true")
        try dead.run()
        dead.waitUntilExit()
        let own = PartialFolder(of: target)
        let other = PartialFolder(of: "\(place.path)/other")
        let kept = [
            own.path(of: getppid()), other.path(of: dead.processIdentifier), "\(place.path)/.model.x.partial",
        ]
        for path in kept + [own.path(of: dead.processIdentifier)] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data([1]).write(to: URL(fileURLWithPath: "\(path)/model.safetensors"))
        }
        try ModelExport.write(model(exports), as: .merged, to: target)
        let names = try Set(place.fileNames)
        #expect(names == Set(kept.map { URL(fileURLWithPath: $0).lastPathComponent } + ["model"]))
    }

    @Test func `an error while a file is written names its place, not the hidden folder`() throws {
        let place = try TemporaryFolder()
        let error = #expect(throws: InputError.self) {
            try ExportFolder.make(at: "\(place.path)/model") { folder throws(InputError) in
                try folder.write("x", to: "missing/config.json")
            }
        }
        #expect(error?.subject == "\(place.path)/model/missing/config.json")
        #expect(error?.description.contains(".partial") == false)
        #expect(try place.fileNames == [])
    }

    @Test func `the card names base, licence, data, measurements with interval, and how to load`() throws {
        let exports = try ExportExample()
        let base = try TemporaryFolder()
        for name in ["config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"] {
            _ = try base.write(name, readFile("\(exports.folder.path)/\(name)"))
        }
        _ = try base.write("README.md", "---\nlicense: apache-2.0\n---\n")
        _ = try base.write("LICENSE", "the text")
        let network = try exports.network(Configuration())
        let model = TrainedModel(
            network: network, base: exports.base, folder: try ModelFolder(path: base.path),
            provenance: try exports.model(Configuration(), network: network).provenance)
        let path = "\(exports.example.folder.path)/card"
        try ModelExport.write(model, baseName: "organisation/model", to: path)
        let card = String(decoding: try readFile("\(path)/README.md"), as: UTF8.self)
        let hash = try #require(exports.example.study.task?.train.sha256)
        for text in [
            "base_model: \"organisation/model\"", "license: apache-2.0", "library_name: peft", hash,
            "| accuracy | 0.75 | 0.625 to 0.875 |",
            "{type: accuracy, value: 0.75, name: accuracy}", "from_pretrained(folder)", "\"learning_rate\"",
            "`cat` (0.",
        ] { #expect(card.contains(text), "\(text)") }
        #expect(try readFile("\(path)/LICENSE.base") == Array("the text".utf8))
    }
}
