import ArgumentParser
import Experiments
import Foundation
import Workers

/// Where a worker finds what studies name.
struct InputOptions: ParsableArguments {
    static let variable = "PEFTSEARCH_INPUTS"

    @Option(
        help: ArgumentHelp(
            "A folder in which models and data files are looked for that do not lie where a study "
                + "recorded them; may be repeated.",
            discussion: "Beside those that \(variable) lists, with a colon between two.", valueName: "DIR"))
    var inputs: [String] = []
    @Flag(help: "Copy what a study names into --data-dir and read it there.") var cacheInputs = false

    /// As absolute paths, in the order in which they are looked through.
    func folders(_ environment: [String: String]) throws(InputError) -> [String] {
        let listed = (environment[Self.variable] ?? "").split(separator: ":").map(String.init)
        var folders: [String] = []
        for (source, path) in inputs.map({ ("--inputs", $0) }) + listed.map({ (Self.variable, $0) }) {
            let folder = URL(fileURLWithPath: path).standardizedFileURL.path
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
            else {
                throw InputError(
                    source, reason: "there is no folder \(folder)",
                    suggestion: "a folder with sha256/ as study inputs --copy-to lays it, or one that "
                        + "holds the files as the study file's folder does")
            }
            folders.append(folder)
        }
        return folders
    }

    /// The options again, for a worker.
    var arguments: [String] { inputs.flatMap { ["--inputs", $0] } + (cacheInputs ? ["--cache-inputs"] : []) }
}
