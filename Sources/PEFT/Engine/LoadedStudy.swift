import Experiments

/// A study's model and tokenized task in memory.
struct LoadedStudy {
    let base: BaseModel
    let task: EncodedTask
    let costs: Costs
    private let model: ModelReference
    private let definition: TaskDefinition
    private let seed: UInt64
    /// Where components look for trained tensors of finished trials.
    private let artifactFolders: [String]

    /// Loads what the study names, after comparing hashes: what a trial is
    /// trained on is what its record says, on every machine.
    /// - Parameters:
    ///   - previous: its model is kept if it is the same.
    ///   - folder: where tokens are kept; nil where they are not.
    ///   - artifactFolders: where trained tensors of finished trials lie.
    ///   - profile: told what took how long.
    init(
        _ study: Study, reusing previous: LoadedStudy?, keptIn folder: String?,
        artifactFolders: [String] = [], profile: inout StartUpProfile
    ) throws(InputError) {
        guard let model = study.model, let definition = study.task, let data = study.data else {
            throw InputError("study \(study.name)", reason: "the native engine needs a model and a task")
        }
        self.model = model
        self.definition = definition
        seed = study.seed
        self.artifactFolders = artifactFolders
        costs = Costs(shape: model.shape, data: data, task: definition.kind, family: model.family)
        let files = try ModelFolder(path: model.path)
        if let previous, previous.model == model, previous.base.isUnchanged {
            base = previous.base
            // The texts are read anew, the weights are not.
            let texts = try files.textHashes()
            try Self.compare(texts, model.files.filter { texts[$0.key] != nil }, path: model.path)
        } else {
            // Mapped first: what is written from here on is told by `isUnchanged`.
            base = try BaseModel(folder: files, mapsFiles: true)
            profile.end(.weights)
            try Self.compare(try files.fileHashes(), model.files, path: model.path)
            profile.end(.hashes)
            guard base.isUnchanged else {
                throw InputError(model.path, reason: "its files were written to while they were read")
            }
        }
        task = try EncodedTask(definition, seed: study.seed, model: files, keptIn: folder)
        profile.end(.tokens)
    }

    /// Of everything that decides the hidden states of a split, but the split
    /// itself, the layer and how products are computed.
    var statesKey: JSON {
        [
            "model": .object(model.files.mapValues(JSON.string)),
            "tokens": .integer(EncodedTask.version), "task": definition.withoutPaths.json,
            "seed": definition.decidingSeed(seed),
        ]
    }

    /// A fresh network for the task.
    /// - Throws: when the configuration does not fit the model or the task.
    func network(_ configuration: Configuration, seed: UInt64) throws(InputError) -> Transformer {
        try .attach(
            configuration, to: base, classes: task.outputs, reading: task.train.targets.readRows, seed: seed,
            sources: ComponentSources(
                modelFolder: model.path, labels: task.labels, modelFingerprint: model.fingerprint,
                artifactFolders: artifactFolders))
    }

    /// What an evaluation of the task is worth.
    func quality(of evaluation: Evaluation, targets: Targets) -> Quality {
        Quality(evaluation, targets: targets, labels: task.labels, scale: task.labelScale, seed: seed)
    }

    /// Whether the study names the same, and nobody has written to the model's
    /// weights since they were compared.
    func fits(_ study: Study) -> Bool {
        study.model == model && study.task == definition && study.seed == seed && base.isUnchanged
    }

    /// Refuses files whose hashes are not those of the record.
    static func compare(
        _ found: [String: String], _ recorded: [String: String], path: String
    ) throws(InputError) {
        for (name, hash) in recorded.sorted(by: { $0.key < $1.key }) where found[name] != hash {
            throw InputError(
                "\(path)/\(name)",
                reason:
                    "SHA-256 is \(found[name] ?? "of nothing: the file is missing"), the study recorded \(hash)",
                suggestion: "put the recorded file there, or start a study of another name")
        }
    }
}
