import Foundation

/// The first process of a server, as its lock file names it.
///
/// The file outlives a killed server, and the process a killed server leaves
/// stays as a zombie until init reaps it, for ever in some containers. So a
/// process identifier that exists does not mean that a server runs.
struct ServerProcess {
    let identifier: Int32
    private let data: String

    /// Nil when there is no lock file.
    init?(of layout: ClusterLayout) {
        guard let content = FileManager.default.contents(atPath: layout.processFile),
            let line = String(decoding: content, as: UTF8.self).split(separator: "\n").first,
            let identifier = Int32(line.trimmingCharacters(in: .whitespaces)), identifier > 0
        else { return nil }
        self.identifier = identifier
        data = layout.data
    }

    /// Whether a process of that identifier exists, be it a zombie.
    var isPresent: Bool { state != nil }

    /// Whether it exists and is not a zombie.
    var isAlive: Bool { isPresent && state != "Z" }

    /// Whether the lock file is certainly left over: its process is gone, a
    /// zombie or another program, and nobody works in the data folder.
    var isLeftOver: Bool {
        if isAttached { return false }
        guard isAlive else { return true }
        return Self.workingFolder(of: "\(identifier)").map { $0 != data } ?? false
    }

    /// Whether any process still works on the cluster: each of a server's
    /// processes has the data folder as its working folder.
    private var isAttached: Bool {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.contains { $0.first?.isNumber == true && Self.workingFolder(of: $0) == data }
    }

    /// The letter after the command's name in parentheses, which may hold
    /// anything (proc(5)).
    private var state: Character? {
        guard let content = FileManager.default.contents(atPath: "/proc/\(identifier)/stat") else {
            return nil
        }
        let text = String(decoding: content, as: UTF8.self)
        return text.lastIndex(of: ")").flatMap { text[$0...].dropFirst(2).first }
    }

    private static func workingFolder(of process: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
    }
}
