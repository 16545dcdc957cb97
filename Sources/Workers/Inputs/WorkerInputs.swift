import Experiments
import Foundation

/// Finds what studies name, for all slots of a worker.
package struct WorkerInputs: Sendable {
    private let folders: InputFolders
    private let cache: InputCopy?
    /// Reading gigabytes belongs on no thread of the pool, and is done once.
    private let reader = OperationQueue()

    init(_ settings: WorkerSettings) {
        let folders = InputFolders(settings.inputFolders)
        self.folders = folders
        reader.maxConcurrentOperationCount = 1
        cache =
            settings.cachesInputs
            ? InputCopy(to: "\(settings.dataFolder)/inputs", known: folders) : nil
    }

    /// The study with the places where its files lie here.
    /// - Throws: what is not here, in words for whoever can bring it.
    func placed(_ study: Study) async throws(InputError) -> Study {
        try Self.checkDirectory(of: study)
        let inputs = study.inputs
        guard !inputs.isEmpty else { return study }
        let result = await withCheckedContinuation { done in
            reader.addOperation { done.resume(returning: self.place(inputs, of: study)) }
        }
        return try result.get()
    }

    private func place(_ inputs: [StudyInput], of study: Study) -> Result<Study, InputError> {
        Result { () throws(InputError) in
            var placed = study
            for input in inputs {
                let folder = try folders.folder(of: input)
                placed = placed.placing(input, in: try cache?.copy(input, from: folder) ?? folder)
            }
            return placed
        }
    }

    /// What a command is made of has no hash, so it is looked for nowhere else.
    private static func checkDirectory(of study: Study) throws(InputError) {
        guard case .command = study.engine, let directory = study.directory else { return }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw InputError(
                directory,
                reason: "the study file's folder, in which its command runs, is not on this machine",
                suggestion: "put the folder there, or share it between machines")
        }
    }
}
