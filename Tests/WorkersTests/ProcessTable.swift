import Foundation
import Testing

/// What `/proc` says of a process.
enum ProcessTable {
    /// `R`, `S`, `T`, ...; nil when there is no such process, or only its
    /// unreaped remains.
    static func state(of identifier: Int) -> Character? {
        guard let fields = fields(of: identifier), let state = fields.first?.first, state != "Z" else {
            return nil
        }
        return state
    }

    static func group(of identifier: Int) -> Int? {
        fields(of: identifier).flatMap { Int($0[2]) }
    }

    /// Processes of this group that still run.
    static func members(ofGroup group: Int) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int($0) }.filter { self.group(of: $0) == group && state(of: $0) != nil }
    }

    /// The kilobytes after a key such as `VmHWM` in this process's status.
    static func kilobytes(_ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }

    private static func fields(of identifier: Int) -> [Substring]? {
        let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)
        // The name in parentheses may hold blanks.
        return text?.split(separator: ")").last?.split(separator: " ")
    }
}

/// Waits for what no signal tells of: another process's doing. False when it
/// has not come true in 20 seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<4000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return false
}
