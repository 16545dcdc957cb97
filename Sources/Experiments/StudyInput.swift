/// What a study reads and did not make: its model, or a split of its task.
///
/// It is the same wherever it lies as long as its files have these hashes.
public struct StudyInput: Sendable, Hashable {
    public enum Role: String, Sendable, Hashable, CaseIterable {
        case model, train, validation, test
    }

    public var role: Role
    /// The folder of its files where the study was resolved.
    public var folder: String
    /// The same from the study file's folder; of one that lies outside of that
    /// its own name.
    public var relativeFolder: String
    /// SHA-256 of each file, by its name within the folder.
    public var files: [String: String]
    /// SHA-256 of all of it: of the only file, or of a model's fingerprint.
    public var hash: String

    /// Where it lies in a folder that holds inputs by what they contain.
    public var contentFolder: String { "sha256/\(hash)" }
}

extension Study {
    /// In the order in which a study file names them; none where it brings its
    /// own.
    public var inputs: [StudyInput] {
        var inputs: [StudyInput] = []
        if let model {
            inputs.append(
                StudyInput(
                    role: .model, folder: model.path, relativeFolder: relative(model.path, isOutside: true),
                    files: model.files, hash: model.fingerprint))
        }
        for (role, file) in task?.splits ?? [] {
            guard let hash = file.sha256 else { continue }
            let path = file.path.split(separator: "/", omittingEmptySubsequences: false)
            let folder = path.dropLast().joined(separator: "/")
            inputs.append(
                StudyInput(
                    role: role, folder: folder, relativeFolder: relative(folder, isOutside: false),
                    files: [String(path.last ?? ""): hash], hash: hash))
        }
        return inputs
    }

    /// The same study with an input in another folder.
    public func placing(_ input: StudyInput, in folder: String) -> Study {
        var study = self
        let path = "\(folder)/\(input.files.keys.first ?? "")"
        switch input.role {
        case .model: study.model?.path = folder
        case .train: study.task?.train.path = path
        case .validation:
            if case .file(var rows) = task?.validation {
                rows.path = path
                study.task?.validation = .file(rows)
            }
        case .test: study.task?.test?.path = path
        }
        return study
    }

    /// - Parameter isOutside: whether a folder that is not below the study
    ///   file's is looked for by its name.
    private func relative(_ folder: String, isOutside: Bool) -> String {
        if let directory, folder == directory { return "" }
        if let directory, folder.hasPrefix(directory + "/") {
            return String(folder.dropFirst(directory.count + 1))
        }
        return isOutside ? String(folder.split(separator: "/").last ?? "") : ""
    }
}

extension TaskDefinition {
    fileprivate var splits: [(StudyInput.Role, DataFile)] {
        var splits = [(StudyInput.Role.train, train)]
        if case .file(let rows) = validation { splits.append((.validation, rows)) }
        if let test { splits.append((.test, test)) }
        return splits
    }
}
