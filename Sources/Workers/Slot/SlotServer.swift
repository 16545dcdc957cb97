import Experiments
public import Foundation

/// The body of a slot process: serves requests from a worker, one after the
/// other, until the worker closes the input or is gone.
///
/// Requests and answers are JSON, one a line; see `TrainerMessage`.
public struct SlotServer {
    private let engine: any TrialEngine
    private let connection: SlotConnection

    /// `onEnd` is called on another thread as soon as the input ends, also in
    /// the middle of a training: nobody waits for its result.
    public init(
        engine: any TrialEngine, input: FileHandle = .standardInput, output: FileHandle = .standardOutput,
        onEnd: @escaping @Sendable () -> Void = { _exit(0) }
    ) {
        self.engine = engine
        connection = SlotConnection(input: input, output: output, onEnd: onEnd)
    }

    /// Serves until the input ends. Blocks its thread, so it does not belong
    /// on one of the cooperative pool.
    public func run() {
        while let line = connection.nextLine() {
            connection.send(answer(to: line))
        }
    }

    private func answer(to line: String) -> JSON {
        do {
            let request = try EngineRequest(json: try JSON.parse(line))
            let result = try engine.run(
                request,
                report: { report in
                    connection.send([
                        "report": [
                            "step": .integer(report.step),
                            "metrics": .object(report.metrics.mapValues { JSON($0) }),
                        ]
                    ])
                },
                exclusively: connection.exclusively)
            return Self.json(of: result)
        } catch let failure as TrialFailure {
            return Self.json(of: failure)
        } catch let error as InputError {
            return Self.json(of: TrialFailure(.invalid, "\(error)"))
        } catch {
            return Self.json(of: TrialFailure(.crashed, "\(error)"))
        }
    }

    private static func json(of failure: TrialFailure) -> JSON {
        ["failure": ["reason": .string(failure.reason.rawValue), "detail": .string(failure.detail)]]
    }

    private static func json(of result: TrialResult) -> JSON {
        if let diverged = result.measurements.first(where: { !$0.value.isFinite }) {
            return json(of: TrialFailure(.diverged, "\(diverged.name) was \(diverged.value) in the result"))
        }
        var members = json(of: result.measurements)
        members["compute_class"] = .string(result.computeClass)
        members["artifact"] = JSON(result.artifact)
        members["trace"] = result.trace?.json
        members["derived"] = .array(
            result.derived.map { derived in
                var members = json(of: derived.measurements)
                members["configuration"] = derived.configuration
                members["method"] = .string(derived.method)
                members["artifact"] = .string(derived.artifact)
                return .object(members)
            })
        return ["result": .object(members)]
    }

    private static func json(of measurements: [Experiments.Measurement]) -> [String: JSON] {
        func map(_ value: (Experiments.Measurement) -> JSON) -> JSON {
            .object(Dictionary(measurements.map { ($0.name, value($0)) }) { _, last in last })
        }
        return [
            "metrics": map { .number($0.value) }, "kinds": map { .string($0.kind.rawValue) },
            "methods": map { .string($0.method) },
        ]
    }
}
