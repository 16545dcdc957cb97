import Foundation

/// The processes that a run started, found by a variable that all of them
/// inherit; the private PostgreSQL gets a clean environment and is not one.
struct MarkedProcesses {
    static let variable = "PEFTSEARCH_TEST_MARK"
    let mark = UUID().uuidString

    var environment: [String: String] { [Self.variable: mark] }

    /// By process, the words of its command line.
    var all: [Int32: [String]] {
        let needle = Data("\(Self.variable)=\(mark)".utf8)
        var found: [Int32: [String]] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = Int32(entry), Self.content("/proc/\(entry)/environ").range(of: needle) != nil
            else { continue }
            found[process] = Self.content("/proc/\(entry)/cmdline").split(separator: 0)
                .map { String(decoding: $0, as: UTF8.self) }
        }
        return found
    }

    var worker: Int32? { all.first { $0.value.dropFirst().first == "worker" }?.key }

    /// Waits until none is left, at most 20 s; whether none is.
    func areGone() async throws -> Bool {
        let deadline = ContinuousClock.now.advanced(by: .seconds(20))
        while ContinuousClock.now < deadline {
            if all.isEmpty { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    private static func content(_ path: String) -> Data {
        // Files of /proc have no size, so they are read to their end.
        guard let file = FileHandle(forReadingAtPath: path) else { return Data() }
        return (try? file.readToEnd()) ?? Data()
    }
}
