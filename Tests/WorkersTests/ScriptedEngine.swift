import Experiments
import Foundation
import Workers

/// An engine that does what the configuration's `do` says.
struct ScriptedEngine: TrialEngine {
    func run(
        _ request: EngineRequest, report: (Report) -> Void, exclusively: (() throws -> Void) throws -> Void
    ) throws -> TrialResult {
        switch request.configuration["do"]?.string {
        case "trap": abort()
        case "diverge": throw TrialFailure(.diverged, "loss was NaN at step 9")
        case "hang":
            if let path = request.configuration["mark"]?.string { touch(path) }
            while true { Thread.sleep(forTimeInterval: 3600) }
        case "grow":
            var held: [[UInt8]] = []
            while true {
                held.append([UInt8](repeating: 1, count: 8 << 20))
                Thread.sleep(forTimeInterval: 0.005)
            }
        case "measure":
            try exclusively {
                touch(request.configuration["mark"]?.string ?? "")
                wait(for: request.configuration["until"]?.string ?? "")
            }
        default: report(Report(step: 1, metrics: ["loss": 0.5]))
        }
        return TrialResult(
            measurements: [
                Measurement("accuracy", 0.75, .deterministic, method: "validation split"),
                Measurement("process", Double(getpid()), .observed, method: "process identifier"),
            ], computeClass: "scripted", artifact: "abc")
    }

    private func touch(_ path: String) {
        _ = FileManager.default.createFile(atPath: path, contents: Data("\(getpid())\n".utf8))
    }

    private func wait(for path: String) {
        while !FileManager.default.fileExists(atPath: path) { Thread.sleep(forTimeInterval: 0.005) }
    }
}
