import ArgumentParser
import Experiments
import Foundation
import PEFT
import Storage

extension StudyCommand {
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the trained tensors of trials that were never on the front from this machine.",
            discussion: "What is removed can be trained again from the record: export --retrain.")

        @Argument(help: "The name of a complete study.") var study: String
        @Flag(help: "Say what would be removed, and remove nothing.") var dryRun = false
        @OptionGroup var database: DatabaseOptions

        /// Of files that are half written: a writer still lives that is younger.
        private static let patience = 86_400.0

        func run() async throws {
            let store = try await database.open()
            let stored = try await store.study(study)
            guard stored.state == .complete else {
                throw InputError(
                    study,
                    reason:
                        "is \(stored.state.rawValue); trials that are not on its front may still enter it",
                    suggestion: "the same command when it is complete")
            }
            let needs = try await needs(of: stored, in: store)
            let artifacts = ArtifactStore(folder: "\(database.dataFolder)/artifacts")
            let sizes = artifacts.sizes()
            let removed = needs.dispensable.filter { sizes[$0] != nil }.sorted()
            let partial = artifacts.leftBehind(before: Date(timeIntervalSinceNow: -Self.patience))
            if !dryRun {
                for hash in removed { try artifacts.remove(hash) }
                for path in partial { try FileManager.default.removeItem(atPath: path) }
            }
            let bytes = removed.reduce(0) { $0 + (sizes[$1] ?? 0) }
            let kept = needs.kept.count { sizes[$0] != nil }
            try Output.write(
                "\(dryRun ? "would remove" : "removed") \(removed.count) files of trained tensors, "
                    + "\(TrialTable.number(Double(bytes) / 1e6)) MB; \(kept) are kept")
            if !partial.isEmpty { Output.note("\(partial.count) files that were never finished go, too") }
        }

        private func needs(of stored: StoredStudy, in store: OpenStore) async throws -> ArtifactNeeds {
            let trials = try await store.studies.trials(of: stored.id)
            var replicates: [Int: [String]] = [:]
            for trial in trials where !trial.replicates.isEmpty {
                replicates[trial.number] = try await store.studies.attempts(at: trial.number, of: stored.id)
                    .filter { $0.purpose == .replicate }.compactMap { $0.record?.artifact }
            }
            var others: [Trial] = []
            for other in try await store.studies.studies() where other.id != stored.id {
                others += try await store.studies.trials(of: other.id)
            }
            return ArtifactNeeds(
                trials: trials, replicates: replicates,
                versions: try await store.studies.frontVersions(of: stored.id), others: others)
        }
    }
}
