import Foundation
public import PEFT

/// Time and memory of this process, as Linux counts them.
public struct ProcessMeter: ResourceMeter {
    public init() {}

    public func threadSeconds() -> Double { Self.seconds(CLOCK_THREAD_CPUTIME_ID) }

    public func monotonicSeconds() -> Double { Self.seconds(CLOCK_MONOTONIC) }

    /// See proc(5), clear_refs: 5 resets the peak.
    public func resetPeakMemory() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))
        try? file.close()
    }

    public func peakMemoryBytes() -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        let words = line.split(whereSeparator: \.isWhitespace)
        return words.count > 1 ? Int(words[1]).map { $0 * 1024 } : nil
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
