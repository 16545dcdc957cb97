import Foundation

/// A classification small enough for a test: whether a sentence has a cat or
/// a dog, and the model of three narrow layers that the golden values use.
enum TinyTask {
    static let model = Program.root + "/Tests/PEFTTests/Fixtures/golden/tiny-bert"

    static let study = """
        study: sample
        seed: 7
        model: model
        task:
          kind: classification
          train: train.tsv
          validation: validation.tsv
          test: test.tsv
          text: text
          label: label
          max_length: 16
        space: hybrid
        search: {strategy: auto, trials: 8, parallelism: 4}
        workers: 2

        """

    /// Rows that differ from split to split.
    static func rows(_ count: Int, from first: Int = 0) -> String {
        let sizes = ["small", "red", "small red", "big"]
        let verbs = ["ran", "sees it", "run", "sees the bird"]
        return "text\tlabel\n"
            + (first..<first + count).map { index in
                let animal = index % 2 == 0 ? "cat" : "dog"
                let size = sizes[index / 2 % 4]
                return "the \(size) \(animal) \(verbs[index / 8 % 4]) \(index % 7)\t\(animal)\n"
            }.joined()
    }

    /// The study, its data, and a copy of the model.
    static func write(to place: Workplace, study: String = study) throws {
        try place.write("study.yaml", study)
        try place.write("train.tsv", rows(48))
        try place.write("validation.tsv", rows(20, from: 101))
        try place.write("test.tsv", rows(20, from: 1003))
        try FileManager.default.copyItem(atPath: model, toPath: place.path("model"))
    }
}
