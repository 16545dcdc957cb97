public import Experiments
import Foundation

extension MigrationFiles {
    /// Finds the folder of migrations: as told, by PEFTSEARCH_MIGRATIONS,
    /// where an installation puts it (`<prefix>/share/peftsearch/migrations`
    /// beside `<prefix>/bin`), beside the executable or in a folder above it
    /// (a build), or in the working directory.
    /// - Throws: `InputError` with all the places that were looked at.
    public static func locate(
        _ folder: String? = nil, environment: [String: String], workingDirectory: String? = nil
    ) throws(InputError) -> String {
        if let told = folder ?? environment["PEFTSEARCH_MIGRATIONS"].flatMap({ $0.isEmpty ? nil : $0 }) {
            guard isFolder(told) else {
                throw InputError(
                    told, reason: "holds no migrations: there is no checksums.txt in it",
                    suggestion: "the folder migrations of the release")
            }
            return told
        }
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? "/usr/bin/peftsearch"
        let places = places(
            beside: executable, workingDirectory: workingDirectory ?? FileManager.default.currentDirectoryPath
        )
        guard let place = places.first(where: isFolder) else {
            throw InputError(
                "migrations", reason: "not found in any of " + places.joined(separator: ", "),
                suggestion: "PEFTSEARCH_MIGRATIONS=/path/to/migrations")
        }
        return place
    }

    private static func places(beside executable: String, workingDirectory: String) -> [String] {
        var folder = URL(fileURLWithPath: executable).deletingLastPathComponent()
        var places = [folder.deletingLastPathComponent().path + "/share/peftsearch/migrations"]
        for _ in 0..<5 where folder.path != "/" {
            places.append(folder.path + "/migrations")
            folder.deleteLastPathComponent()
        }
        return places + [workingDirectory + "/migrations"]
    }

    private static func isFolder(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/checksums.txt")
    }
}
