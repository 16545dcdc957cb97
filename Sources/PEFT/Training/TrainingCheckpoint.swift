package import Experiments
import Foundation
import LinearAlgebra

/// All that a run needs to go on with the same bits as if it had never
/// stopped: trained tensors, the optimizer's moments, what regulators keep.
///
/// In a file it is safetensors, with tensors named by what they are and whose.
package struct TrainingCheckpoint {
    /// Of the full run's steps, how many are done.
    package let stepsDone: Int
    /// CPU time that these steps took.
    package var seconds = 0.0
    /// Of these steps.
    fileprivate let trace: TrainingTrace
    /// Of each parameter: the optimizer's steps.
    fileprivate let optimizerSteps: [Int]
    fileprivate let tensors: [String: Matrix]

    private static func members(of tensors: [String: Matrix], in group: String) -> [String: Matrix] {
        let prefix = "\(group)/"
        let pairs = tensors.filter { $0.key.hasPrefix(prefix) }
        return Dictionary(
            uniqueKeysWithValues: pairs.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }

    fileprivate func members(of group: String) -> [String: Matrix] { Self.members(of: tensors, in: group) }

    /// Writes it, over an older one.
    /// - Parameter identity: of the run; nobody else may go on from it.
    package func write(to path: String, identity: String) throws(InputError) {
        try SafetensorsWriter.write(
            tensors: tensors.sorted { $0.key < $1.key }.map { name, value in
                (name, [value.rows, value.columns], value.values)
            },
            metadata: [
                "identity": identity, "steps_done": String(stepsDone), "seconds": String(seconds),
                "optimizer_steps": optimizerSteps.map(String.init).joined(separator: " "),
                "trace": trace.json.canonicalText,
            ], to: path)
    }

    /// The checkpoint of a file; nil when there is none of this run, or it is
    /// damaged: the run then begins anew.
    package init?(path: String, identity: String) {
        guard FileManager.default.fileExists(atPath: path), let file = try? SafetensorsFile(path: path),
            file.metadata["identity"] == identity,
            let stepsDone = file.metadata["steps_done"].flatMap({ Int($0) }), stepsDone >= 0,
            let seconds = file.metadata["seconds"].flatMap({ Double($0) }), seconds.isFinite, seconds >= 0,
            let trace = file.metadata["trace"].flatMap({ try? JSON.parse($0) })
                .flatMap(TrainingTrace.init), trace.steps == stepsDone,
            let tensors = try? file.matrices()
        else { return nil }
        let counts = (file.metadata["optimizer_steps"] ?? "").split(separator: " ").map { Int($0) }
        guard !counts.contains(nil) else { return nil }
        self.stepsDone = stepsDone
        self.seconds = seconds
        self.trace = trace
        optimizerSteps = counts.compactMap { $0 }
        self.tensors = tensors
    }

    /// Removes the file of one.
    package static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    fileprivate init(
        stepsDone: Int, trace: TrainingTrace, optimizerSteps: [Int], tensors: [String: Matrix]
    ) {
        self.stepsDone = stepsDone
        self.trace = trace
        self.optimizerSteps = optimizerSteps
        self.tensors = tensors
    }
}

extension Trainer {
    /// Where the run stands; to be taken before the network is changed for
    /// measuring.
    package var checkpoint: TrainingCheckpoint {
        var tensors: [String: Matrix] = [:]
        for (parameter, moments) in zip(optimizer.parameters, optimizer.moments) {
            tensors["value/\(parameter.name)"] = parameter.value
            tensors["first/\(parameter.name)"] = moments.first
            tensors["second/\(parameter.name)"] = moments.second
        }
        for (index, regulator) in transformer.regulators.enumerated() {
            for (name, value) in regulator.memory { tensors["regulator \(index)/\(name)"] = value }
        }
        return TrainingCheckpoint(
            stepsDone: stepsDone, trace: trace, optimizerSteps: optimizer.steps, tensors: tensors)
    }

    /// Goes on from a checkpoint of the same run.
    /// - Returns: false when the checkpoint is not one of this run or lies
    ///   beyond `limit`; the trainer is then of no more use.
    package mutating func resume(from checkpoint: TrainingCheckpoint, upTo limit: Int) -> Bool {
        let parameters = optimizer.parameters
        guard checkpoint.stepsDone <= min(limit, steps), checkpoint.optimizerSteps.count == parameters.count
        else { return false }
        let values = checkpoint.members(of: "value")
        let (first, second) = (checkpoint.members(of: "first"), checkpoint.members(of: "second"))
        var moments: [AdamWMoments] = []
        for parameter in parameters {
            let name = parameter.name
            let found = [values[name], first[name], second[name]].compactMap { $0 }
            guard found.count == 3, found.allSatisfy({ $0.hasShape(of: parameter.value) }) else {
                return false
            }
            moments.append(AdamWMoments(first: found[1], second: found[2]))
        }
        for (index, regulator) in transformer.regulators.enumerated() {
            guard regulator.recall(checkpoint.members(of: "regulator \(index)")) else { return false }
        }
        for parameter in parameters { parameter.value = values[parameter.name]! }
        optimizer.resume(moments: moments, steps: checkpoint.optimizerSteps)
        stepsDone = checkpoint.stepsDone
        trace = checkpoint.trace
        return true
    }
}
