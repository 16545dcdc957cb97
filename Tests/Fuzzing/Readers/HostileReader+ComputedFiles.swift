import Experiments
import LinearAlgebra
import PEFT

extension HostileReader {
    /// What the program writes for itself, and what it does with a configuration.
    static let computedFiles: [(name: String, make: @Sendable () throws -> HostileReader)] = [
        ("checked_file", { try checkedFile() }), ("attachment", { try attachment() }),
        ("trained_tensors", { try trainedTensors() }),
    ]

    /// A file of numbers with its checksum; columns are taken from its length.
    private static func checkedFile() throws -> HostileReader {
        let folder = try ScratchFolder()
        let path = "\(folder.path)/numbers"
        let seeds = try [[], [1, 2, 3, 4], Array(0..<64)].map { (values: [Int32]) in
            try IntegerFile.write(values, to: path)
            return try RegularFile(path: path).contents(limit: 1 << 20)
        }
        return HostileReader("checked_file", seeds: seeds, mutation: ChecksumMutation()) { input in
            _ = try folder.write("numbers", input)
            guard let values = IntegerFile.read(path: path) else {
                throw InputError(path, reason: "is not what was written")
            }
            let columns = values.count % 3 == 0 ? 3 : 1
            let rows = values.count / columns
            guard let file = MatrixFile(path: path, rows: rows, columns: columns, verified: .init()) else {
                throw InputError(path, reason: "has other rows")
            }
            let read = try file.rows([0..<rows / 2, rows / 2..<rows])
            try require(read.count == values.count, "rows are lost")
        }
    }

    private static func tinyBERT() throws -> BaseModel {
        try BaseModel(folder: ModelFolder(path: Fixtures.path(Fixtures.tinyBERT)))
    }

    static let batch = TokenBatch([
        Encoding(ids: [2, 9, 10, 3], typeIDs: [0, 0, 0, 0]), Encoding(ids: [2, 3], typeIDs: [0, 1]),
    ])

    /// A tokenizer, and the artifacts that a golden case names.
    private static func sources(of base: BaseModel) throws -> ComponentSources {
        let path = Fixtures.path(Fixtures.tinyBERT)
        let reference = ModelReference(
            path: path, family: base.family.name, shape: base.shape,
            files: try ModelFolder(path: path).fileHashes())
        return ComponentSources(
            modelFolder: path, labels: ["cat", "dog"], modelFingerprint: reference.fingerprint,
            artifactFolders: [Fixtures.path("golden/fusion_artifacts")])
    }

    /// A configuration that a model admits is attached to it and trained by a
    /// step.
    private static func attachment() throws -> HostileReader {
        let base = try tinyBERT()
        let sources = try sources(of: base)
        return HostileReader(
            "attachment", seeds: try configurationSeeds(),
            mutation: JSONMutation(words: configurationWords), isWellFormed: isJSON
        ) { input in
            let configuration = try Configuration(json: JSON.parse(input))
            try configuration.check(against: base.shape, maximumLength: 4)
            let network = try Transformer.attach(
                configuration, to: base, classes: 2, seed: 1, sources: sources)
            let logits = network.logits(of: batch)
            try require(logits.rows == 2 && logits.columns == 2, "the logits have another shape")
            let count = network.trainable.reduce(0) { $0 + $1.value.count }
            try require(
                count == Costs.trainableParameters(of: configuration, shape: base.shape, labels: 2),
                "\(count) parameters train")
            network.takeSteps(1, on: batch, labels: [0, 1], settings: configuration.training)
        }
    }

    /// The trained tensors of a network, which are put back into it.
    private static func trainedTensors() throws -> HostileReader {
        let configuration = Configuration(
            components: [
                .shira(SHiRA(ranks: [Site(layer: 0, projection: .query): 1])),
                .bottleneck(Bottleneck(site: .pfeiffer, widths: [1: 2])),
            ], head: HeadSettings(pooler: .absent))
        let base = try tinyBERT()
        let folder = try ScratchFolder()
        let path = "\(folder.path)/trained.safetensors"
        let network = try Transformer.attach(configuration, to: base, classes: 2, seed: 1)
        let tensors = (network.trainable + network.constants).map {
            (name: $0.name, shape: [$0.value.rows, $0.value.columns], values: $0.value.values)
        }
        try SafetensorsWriter.write(tensors: tensors, metadata: [:], to: path)
        return HostileReader(
            "trained_tensors", seeds: [try RegularFile(path: path).contents(limit: 1 << 20)],
            mutation: SafetensorsMutation(), isWellFormed: hasHeader
        ) { input in
            _ = try folder.write("trained.safetensors", input)
            let tensors = try SafetensorsFile(path: path).matrices()
            let network = try Transformer.attach(configuration, to: base, classes: 2, seed: 1)
            _ = network.setTrained(tensors)
            _ = network.logits(of: batch)
        }
    }
}
