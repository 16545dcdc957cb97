import Experiments
import Foundation
import Workers

/// The smallest study for an engine.
func study(engine: Engine, objectives: [String] = ["accuracy"]) -> Study {
    Study(
        name: "workers", seed: 7, model: nil, task: nil, data: nil,
        objectives: objectives.map { Objective(metric: $0, direction: .maximize) }, constraints: [],
        space: SearchSpace(
            meaning: .literal,
            parameters: [Parameter(name: "x", domain: .real(lower: 0, upper: 1, scale: .linear))]),
        search: SearchSettings(strategy: "random", version: 1, trials: 4, parallelism: 1), engine: engine)
}

func claim(_ engine: Engine, trial: Int = 0, attempt: Int = 1, purpose: WorkPurpose = .train) -> Claim {
    Claim(
        token: WorkToken(study: 1, trial: trial, rung: 0, purpose: purpose, attempt: attempt),
        study: study(engine: engine), seed: 42, configuration: ["x": 0.5], artifact: nil)
}

func request(_ engine: Engine, purpose: WorkPurpose = .train) -> EngineRequest {
    EngineRequest(
        purpose: purpose, study: study(engine: engine), trial: 3, attempt: 2, seed: 42, rung: 0,
        configuration: ["x": 0.5], workFolder: "/nowhere", budget: 1, resumes: false,
        artifactFolder: "/nowhere/artifacts", statesFolder: "/nowhere/states", artifact: nil)
}

func line(_ text: String, isCut: Bool = false) -> LineSplitter.Line {
    var splitter = LineSplitter()
    var line = splitter.append((text + "\n").utf8)[0]
    line.isCut = isCut
    return line
}

/// A folder that goes when the test goes.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appending(component: "workers-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
        return "\(path)/\(name)"
    }

    func read(_ name: String) -> String? {
        try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
}
