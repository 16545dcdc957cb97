import ArgumentParser
import Experiments
import Foundation
import Storage
import Workers

extension ProfileCommand {
    struct Queue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "queue",
            abstract: "A worker of one slot whose trials take no time, until it is ended.",
            discussion: "Everything but the training is a worker's: claims, leases, folders, commits.")

        @Argument(help: "The study's name.") var study: String
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let (name, options) = (study, database)
            try await Interruption.cancelling {
                let store = try await options.open(connections: 2)
                let settings = WorkerSettings(
                    slots: 1, study: try await store.study(name).id, dataFolder: options.dataFolder,
                    seed: UInt64(getpid()), environment: [:])
                try await Worker(queue: store.queue, settings: settings) { _ in EmptyTrainer() }.run()
            }
        }
    }
}

/// Gives every objective a value that depends on the seed alone.
private struct EmptyTrainer: Trainer {
    func train(_ session: TrainerSession) async -> TrainerOutcome {
        let value = Double(session.request.seed % 1_000_003) / 1_000_003
        return .finished(
            TrialResult(
                measurements: session.request.study.objectives.map {
                    Measurement($0.metric, value, .deterministic, method: "reported by the command")
                }, computeClass: "command"))
    }

    func close() async {}
}
