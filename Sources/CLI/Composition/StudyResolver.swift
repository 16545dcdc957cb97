import Experiments
import Foundation
import PEFT
import Search

/// Turns a study file into a resolved study: every default written out, every
/// input read, checked and hashed.
enum StudyResolver {
    static func resolve(_ file: StudyFile) throws(InputError) -> Study {
        do {
            return try resolveUnlocated(file)
        } catch {
            var error = error
            if error.subject == "task" {
                error.subject = file.path
                error.key = error.key.map { "task.\($0)" }
            }
            throw error.subject == file.path ? file.document.located(error) : error
        }
    }

    private static func resolveUnlocated(_ file: StudyFile) throws(InputError) -> Study {
        let strategy = try strategy(file)
        let folder = try file.model.map { path throws(InputError) in
            try named("model", path, in: file) { () throws(InputError) in try ModelFolder(path: path) }
        }
        let model = try folder.map(reference)
        var task = file.task
        var facts: DataFacts?
        if let definition = task {
            task = try hashed(definition, file)
            if let folder {
                facts = try EncodedTask(task!, seed: UInt64(file.seed), model: folder).facts
            }
        }
        let space = try SpaceFile.space(file, shape: model?.shape)
        var constraints = file.constraints
        if let shape = model?.shape, let facts {
            constraints += HybridSpace.constraints(of: space, shape: shape, outputs: facts.outputs)
        }
        do {
            try strategy.check(space)
        } catch {
            throw InputError(
                file.path, key: "search.strategy", reason: error.reason, suggestion: error.suggestion)
        }
        return Study(
            name: file.name, seed: UInt64(file.seed), model: model, task: task, data: facts,
            objectives: file.objectives, constraints: constraints, space: space,
            search: SearchSettings(
                strategy: strategy.name, version: strategy.version, trials: file.trials,
                parallelism: file.parallelism, rungs: file.rungs, derived: file.derived,
                replicateFront: file.replicateFront, limits: file.limits,
                warmStart: file.warmStart.map { WarmStart($0) }),
            engine: file.command.map(Engine.command)
                ?? .native(
                    version: NativeEngine.version, numerics: file.numerics ?? NativeEngine.defaultNumerics),
            directory: URL(fileURLWithPath: file.path).deletingLastPathComponent().standardizedFileURL.path)
    }

    private static func strategy(_ file: StudyFile) throws(InputError) -> any Strategy {
        do {
            return try StrategyRegistry.strategy(named: file.strategy)
        } catch {
            throw InputError(
                file.path, key: "search.strategy", reason: error.reason, suggestion: error.suggestion)
        }
    }

    private static func reference(to folder: ModelFolder) throws(InputError) -> ModelReference {
        // A missing or misshapen tensor is found before anything starts.
        try BaseModel.check(folder: folder)
        return ModelReference(
            path: folder.path, family: folder.configuration.family.name, shape: folder.configuration.shape,
            files: try folder.fileHashes())
    }

    private static func hashed(
        _ task: TaskDefinition, _ file: StudyFile
    ) throws(InputError) -> TaskDefinition {
        let hash = { (key: String, path: String) throws(InputError) in
            try named("task.\(key)", path, in: file) { () throws(InputError) in
                try ContentHash.sha256(ofFile: path, limit: DatasetReader.Limits().file)
            }
        }
        var task = task
        task.train.sha256 = try hash("train", task.train.path)
        if let path = task.test?.path { task.test?.sha256 = try hash("test", path) }
        if case .file(var rows) = task.validation {
            rows.sha256 = try hash("validation", rows.path)
            task.validation = .file(rows)
        }
        return task
    }

    /// What `body` makes of the file or folder that a key names; an error about
    /// it as a whole says where it is named.
    private static func named<Result>(
        _ key: String, _ path: String, in file: StudyFile, _ body: () throws(InputError) -> Result
    ) throws(InputError) -> Result {
        do {
            return try body()
        } catch {
            guard error.subject == path, error.key == nil else { throw error }
            throw InputError(
                file.path, key: key, reason: "\(path): \(error.reason)", suggestion: error.suggestion)
        }
    }
}
