import Experiments
import PEFT

/// The files that a study names, as they lie here.
enum ReplayInputs {
    /// The first that is not the one that the study recorded, by its hash.
    /// - Throws: for a file that is not here: then nothing can be said.
    static func difference(from study: Study) throws(InputError) -> ReplayDifference? {
        if let model = study.model {
            let found = try ModelFolder(path: model.path).fileHashes()
            for name in Set(model.files.keys).union(found.keys).sorted()
            where found[name] != model.files[name] {
                return ReplayDifference(
                    .input, "\(model.path)/\(name)", recorded: model.files[name], found: found[name])
            }
        }
        for file in study.task?.files ?? [] {
            let found = try ContentHash.sha256(ofFile: file.path)
            if let recorded = file.sha256, recorded != found {
                return ReplayDifference(.input, file.path, recorded: recorded, found: found)
            }
        }
        return nil
    }
}

extension TaskDefinition {
    /// In the order in which a study file names them.
    fileprivate var files: [DataFile] {
        var files = [train]
        if case .file(let rows) = validation { files.append(rows) }
        if let test { files.append(test) }
        return files
    }
}
