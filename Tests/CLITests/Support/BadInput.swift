import Foundation
import Testing

/// One thing that a person may get wrong, and what the program says to it.
struct BadInput: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Makes the mistake in a folder where all else is right.
    let mistake: @Sendable (Workplace) throws -> Void
    /// All of standard error; `FOLDER` stands for the folder.
    let message: String

    /// A mistake in the text of the study file.
    init(_ description: String, replacing old: String, by new: String, says message: String) {
        self.init(description, says: message) { place in
            let study = TinyTask.study.replacingOccurrences(of: old, with: new)
            try #require(study != TinyTask.study)
            try place.write("study.yaml", study)
        }
    }

    init(_ description: String, study: String, says message: String) {
        self.init(description, says: message) { try $0.write("study.yaml", study) }
    }

    init(
        _ description: String, says message: String, mistake: @escaping @Sendable (Workplace) throws -> Void
    ) {
        testDescription = description
        self.mistake = mistake
        self.message = message
    }

    /// Makes the mistake and checks all that a refusal promises: the status,
    /// the message to the letter, and nothing written.
    func check(_ arguments: [String] = ["study", "create", "study.yaml", "--data-dir", "store"]) async throws
    {
        try await Workplace.use { place in
            try TinyTask.write(to: place)
            try mistake(place)
            let before = place.files
            let ending = try await place.program.run(arguments)
            #expect(ending.status == 65)
            #expect(ending.output == "")
            #expect(ending.error.replacing(place.folder, with: "FOLDER") == "error: \(message)\n")
            #expect(place.files == before, "a refused command must leave nothing behind")
        }
    }
}
