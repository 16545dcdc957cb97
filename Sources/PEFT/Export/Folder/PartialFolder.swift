import Foundation

/// The hidden folder beside its place in which an export is written, named
/// after the host and the process that write it.
package struct PartialFolder {
    private let parent: URL
    private let prefix: String
    private static let suffix = ".partial"

    /// - Parameter path: where the export will lie, absolute.
    package init(of path: String) {
        let target = URL(fileURLWithPath: path)
        parent = target.deletingLastPathComponent()
        prefix = ".\(target.lastPathComponent).\(ProcessInfo.processInfo.hostName)."
    }

    /// Of this process.
    var path: String { path(of: ProcessInfo.processInfo.processIdentifier) }

    /// Of a process of this host.
    package func path(of process: Int32) -> String {
        parent.appendingPathComponent("\(prefix)\(process)\(Self.suffix)").path
    }

    /// Removes those for the same place whose process on this host is dead: one
    /// that is killed leaves its folder behind.
    func removeAbandoned() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(Self.suffix) {
            guard let process = Int32(name.dropFirst(prefix.count).dropLast(Self.suffix.count)), process > 0,
                Self.isDead(process)
            else { continue }
            try? FileManager.default.removeItem(atPath: parent.appendingPathComponent(name).path)
        }
    }

    private static func isDead(_ process: Int32) -> Bool { kill(process, 0) != 0 && errno == ESRCH }
}
