import ArgumentParser
import Experiments
import Foundation

/// How the program ends, after sysexits.h: 0; 1 the answer is no; 64 usage; 65
/// bad input; 69 the database cannot be reached; 70 a defect of ours; 75 try
/// again; 130 and 143 interrupted with the state saved; 141 the reader of
/// standard output went away.
struct ExitStatus {
    let code: Int32
    /// For standard error; nil when there is nothing to say or the argument
    /// parser says it.
    let text: String?
    let isFromParser: Bool

    init(of error: any Error) {
        isFromParser = false
        switch error {
        case let error as InputError: (code, text) = (65, "error: \(error.onOneLineEach)")
        case let error as StoreError: (code, text) = Self.status(of: error)
        case let error as TrialFailure:
            (code, text) = (65, "error: the trial failed (\(error.reason.rawValue)): \(error.detail)")
        case let error as Interrupted: (code, text) = (128 + error.signal, error.description)
        case let answer as AnswerIsNo: (code, text) = (1, answer.text)
        case is Output.ReaderIsGone: (code, text) = (128 + SIGPIPE, nil)
        case is CancellationError:
            (code, text) = (75, "error: stopped before it was done; the same command goes on")
        default: (code, text) = (70, "error: a defect of peftsearch: \(error)")
        }
    }

    /// The argument parser knows its own errors, help and version among them;
    /// what it would call a plain failure is not one of them.
    init?(ofParser error: any Error) {
        let parsed = PEFTSearch.exitCode(for: error)
        guard parsed != .failure else { return nil }
        (code, text, isFromParser) = (parsed.rawValue, nil, true)
    }

    private static let ownAddress =
        "--database, DATABASE_URL or the PG* variables with another user, password or database"

    private static func status(of error: StoreError) -> (Int32, String) {
        switch error {
        case .unreachable(let reason):
            (69, "error: the database cannot be reached: \(reason)\n  try: peftsearch database status")
        case .denied(let reason):
            (69, "error: the database does not let us in: \(reason)\n  try: \(Self.ownAddress)")
        case .fenced:
            (75, "error: another controller has taken over this study\n  try: the same command again")
        case .studyDiffers(let differences):
            (
                65,
                (["error: a study of this name is stored with other settings:"]
                    + differences.map { "  \($0)" }
                    + ["  try: another name for this study, or the settings it was stored with"])
                    .joined(separator: "\n")
            )
        case .studyDeleted: (65, "error: the study was deleted")
        case .refused(let reason): (70, "error: the database refused: \(reason)")
        }
    }
}

/// The command worked, and the answer is no.
struct AnswerIsNo: Error {
    let text: String?
}

extension InputError {
    /// A line break in a name from outside would begin a line that poses as
    /// ours.
    fileprivate var onOneLineEach: InputError {
        InputError(
            subject.replacingControls(), line: line, key: key?.replacingControls(),
            reason: reason.replacingControls(), suggestion: suggestion?.replacingControls())
    }
}
