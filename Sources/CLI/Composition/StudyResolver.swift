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
        let folder = try file.model.map { path throws(InputError) in try ModelFolder(path: path) }
        let model = try folder.map(reference)
        var task = file.task
        var facts: DataFacts?
        if let definition = task {
            task = try hashed(definition)
            if let folder {
                facts = try EncodedTask(task!, seed: UInt64(file.seed), model: folder).facts
            }
        }
        return Study(
            name: file.name, seed: UInt64(file.seed), model: model, task: task, data: facts,
            objectives: file.objectives, constraints: file.constraints,
            space: try SpaceFile.space(file, shape: model?.shape),
            search: SearchSettings(
                strategy: strategy.name, version: strategy.version, trials: file.trials,
                parallelism: file.parallelism),
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
        // Reading all of it now finds a missing or misshapen tensor before anything starts.
        _ = try BaseModel(folder: folder)
        return ModelReference(
            path: folder.path, family: "bert", shape: folder.configuration.shape,
            files: try folder.fileHashes())
    }

    private static func hashed(_ task: TaskDefinition) throws(InputError) -> TaskDefinition {
        var task = task
        task.train.sha256 = try ContentHash.sha256(ofFile: task.train.path)
        if let path = task.test?.path { task.test?.sha256 = try ContentHash.sha256(ofFile: path) }
        if case .file(var file) = task.validation {
            file.sha256 = try ContentHash.sha256(ofFile: file.path)
            task.validation = .file(file)
        }
        return task
    }
}
