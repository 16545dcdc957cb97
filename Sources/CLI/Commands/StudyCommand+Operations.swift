import ArgumentParser
import Experiments
import Storage

/// What a person does to a study that runs.
extension StudyCommand {
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin nothing more of a study until it is resumed; what runs goes on.")
        @Argument(help: "The study's name.") var study: String
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let stored = try await store.study(study)
            guard stored.state != .complete else {
                throw InputError(study, reason: "is complete: there is nothing to pause")
            }
            try await store.studies.pause(stored.id)
            let running = try await store.studies.running(in: stored.id).count
            Output.note(
                "study \(study) is paused\(stored.isPaused ? " already" : ""); \(running) that run go on to their end"
                    + "\n  try: \(database.command("study resume \(study)"))")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a study go on that was paused or stopped.",
            discussion: """
                Of a stopped study the search goes on where it was, with the trials that were cancelled, as if \
                it had never been stopped; what the test split has shown meanwhile is marked as seen.
                """)
        @Argument(help: "The study's name.") var study: String
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let stored = try await store.study(study)
            let isStopped = stored.cut?.reason.isByHand == true
            guard isStopped || stored.state != .complete else {
                throw InputError(
                    study, reason: "is complete, and nobody stopped it",
                    suggestion: stored.cut.map(LimitsText.remedy)
                        ?? "a larger search.trials in the study file")
            }
            try await store.studies.resume(stored.id)
            Output.note(
                isStopped || stored.isPaused
                    ? "study \(study) goes on" : "study \(study) is neither paused nor stopped")
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a search after the trials that are proposed.",
            discussion: """
                They are trained to their end, and the study completes as one with a budget of so many trials. \
                `study resume`, or a larger budget, lets it go on.
                """)
        @Argument(help: "The study's name.") var study: String
        @Flag(help: "Cancel the trials that are ready or run, and let none go on to a further rung.")
        var now = false
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let store = try await database.open()
            let before = try await store.study(study)
            if before.state == .complete, before.cut?.reason.isByHand != true {
                throw InputError(study, reason: "is complete: there is nothing to stop")
            }
            try await store.studies.stop(before.id, now: now)
            let stored = try await store.study(study)
            let progress = try await store.studies.progress(of: stored.id)
            Output.note("study \(study): \(Self.text(stored, progress, before: before.cut))")
        }

        private static func text(_ stored: StoredStudy, _ progress: StudyProgress, before: SearchCut?)
            -> String
        {
            guard let cut = stored.cut else {
                return "the search is over already, and the test split is measured"
            }
            guard cut != before else { return LimitsText.reason(cut, of: stored.study) }
            if cut.reason == .stopNow {
                return
                    "the search ends after \(cut.trials) trials, \(progress.trials[.cancelled] ?? 0) of them"
                    + " cancelled; their workers notice within a third of their lease"
            }
            let left = (progress.trials[.ready] ?? 0) + (progress.trials[.running] ?? 0)
            return "the search ends after \(cut.trials) trials; \(left) of them are yet to be trained"
        }
    }
}

extension StoredStudy {
    /// For tables.
    var stateInWords: String { isPaused && state != .complete ? "paused" : state.rawValue }
}
