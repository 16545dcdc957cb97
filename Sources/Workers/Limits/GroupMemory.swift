import Foundation

/// The memory that the processes of a group hold together, without the pages
/// of files.
struct GroupMemory {
    private let group: pid_t
    private var members: [pid_t] = []
    private var looks = 0

    init(of group: pid_t) {
        self.group = group
    }

    /// Looks.
    /// - Returns: bytes, if they are more than `limit`.
    mutating func excess(over limit: Int) -> Int? {
        // To find who belongs to it takes longer than to ask those that do.
        if looks % 5 == 0 { members = Self.members(of: group) }
        looks += 1
        let members = members.filter { getpgid($0) == group }
        // Counts a page as often as processes share it.
        guard members.reduce(0, { $0 + Self.held(by: $1) }) > limit else { return nil }
        // Counts it once, and has to look at every page.
        let bytes = members.reduce(0) { $0 + (Self.share(of: $1) ?? Self.held(by: $1)) }
        return bytes > limit ? bytes : nil
    }

    private static func members(of group: pid_t) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { getpgid($0) == group }
    }

    private static func held(by process: pid_t) -> Int {
        sum(of: ["RssAnon:", "RssShmem:"], in: "/proc/\(process)/status") ?? 0
    }

    private static func share(of process: pid_t) -> Int? {
        sum(of: ["Pss_Anon:", "Pss_Shmem:"], in: "/proc/\(process)/smaps_rollup")
    }

    /// - Returns: nil where the file has not all of them.
    private static func sum(of keys: [String], in path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let kilobytes = text.split(separator: "\n").compactMap { line -> Int? in
            guard keys.contains(where: line.hasPrefix) else { return nil }
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        }
        return kilobytes.count == keys.count ? kilobytes.reduce(0, +) * 1024 : nil
    }
}
