import Experiments
import Simulation
import TestSupport

/// Repeats what the simulated store was asked on PostgreSQL, at the same
/// virtual times, and says where the two first differ.
struct Differential {
    let database: VirtualDatabase
    /// Calls that were made.
    private(set) var calls = 0

    init(_ database: VirtualDatabase) {
        self.database = database
    }

    /// The first difference between answers, or at the end between rows; nil
    /// where there is none.
    mutating func difference(in history: [Simulation.History]) async throws -> String? {
        try await database.empty()
        var model = StoreModel()
        var time = -1.0
        for entry in history {
            if entry.seconds != time {
                time = entry.seconds
                model.advance(time - model.now)
                try await database.setTime(time)
            }
            guard let call = entry.call else {
                model.restart()
                try await database.restart(at: time)
                continue
            }
            calls += 1
            _ = model.answer(to: call)
            let answer = try await database.answer(to: call, recorded: entry.answer)
            guard answer == entry.answer else {
                return "at \(time) s \(call) was answered \(answer), not \(entry.answer)"
            }
        }
        return try await differenceOfRows(from: &model)
    }

    private func differenceOfRows(from model: inout StoreModel) async throws -> String? {
        let study = 1
        for call in [
            StoreCall.trials(study), .frontVersions(study), .progress(study), .spending(study),
            .study("simulated"),
        ] {
            let expected = model.answer(to: call)
            let found = try await database.answer(to: call, recorded: expected)
            if found != expected { return "in the end \(call) is \(found), not \(expected)" }
        }
        for trial in model.trials(of: study) {
            let expected = model.attempts(at: trial.number, of: study)
            let found = try await database.attempts(at: trial.number, of: study)
            if found != expected { return "attempts at trial \(trial.number) are \(found), not \(expected)" }
        }
        let rows = try await database.workRows()
        return zip(rows, model.workRows).first { $0 != $1 }.map { "a unit of work is \($0), not \($1)" }
            ?? (rows.count == model.workRows.count ? nil : "\(rows.count) units of work")
    }
}
