import Experiments
import Foundation
import PEFT
import Testing

@Suite struct CoNLLReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func task(_ train: String, validation: TaskDefinition.Validation = .share(0.5)) -> TaskDefinition
    {
        TaskDefinition(
            kind: .tokenClassification, train: DataFile(path: train), validation: validation,
            text: ["token"], label: "tag", maximumLength: 16)
    }

    private func read(_ text: String) throws -> [SentenceRows] {
        let path = try folder.write("train.conll", text)
        return try DatasetReader.sentences(file: DataFile(path: path), task: task(path))
    }

    @Test func `sentences lie between blank lines, with tabs in them or not`() throws {
        let sentences = try read("\n\nA\tO\nb c\tB-x\n\t\nD\tO\n \nE\tI-x")
        #expect(sentences.map(\.words) == [["A", "b c"], ["D"], ["E"]])
        #expect(sentences.map(\.tags) == [["O", "B-x"], ["O"], ["I-x"]])
        #expect(sentences.map(\.line) == [3, 6, 8])
    }

    @Test func `columns between the word and the tag are passed over, and so are document lines`() throws {
        let sentences = try read(
            "-DOCSTART- -X- -X- O\r\n\r\nEU NNP B-NP B-ORG\r\nrejects  VBZ B-VP O \r\n-DOCSTART- -X- O O\n. . O O\n"
        )
        #expect(sentences.map(\.words) == [["EU", "rejects"], ["."]])
        #expect(sentences.map(\.tags) == [["B-ORG", "O"], ["O"]])
    }

    @Test(arguments: [
        ("A\tO\nB\n", 2, "expected a word and its tag, found one column"),
        ("A\tO\n\tO\n", 2, "the word is empty"),
        ("A\tNOUN\n", 1, "expected O, or B-, I-, E- or S- and the type of a span, found \"NOUN\""),
        ("A\tB-\n", 1, "expected O, or B-, I-, E- or S- and the type of a span, found \"B-\""),
        ("A\tO-x\n", 1, "expected O, or B-, I-, E- or S- and the type of a span, found \"O-x\""),
        ("A\t\n", 1, "expected O, or B-, I-, E- or S- and the type of a span, found \"\""),
        ("A\0\tO\n", 1, "holds a NUL character"),
    ])
    func `a wrong line is refused with its number`(text: String, line: Int, reason: String) throws {
        let error = try #require(throws: InputError.self) { try read(text) }
        #expect(error.line == line && error.reason == reason)
    }

    @Test func `files of other kinds of tasks are refused by their names`() throws {
        let path = try folder.write("train.tsv", "text\tlabel\nA\tO\n")
        let error = try #require(throws: InputError.self) {
            try DatasetReader.sentences(file: DataFile(path: path), task: task(path))
        }
        #expect(error.reason == "a token_classification task reads files that end with .conll")
        let words = DataFile(path: try folder.write("train.conll", "A\tO\n"))
        let other = TaskDefinition(
            train: words, validation: .share(0.5), text: ["a"], label: "b", maximumLength: 8)
        #expect(throws: InputError.self) { try DatasetReader.read(file: words, task: other) }
    }

    @Test func `tags have the ids of the training file, and an unknown one is refused by its line`() throws {
        let train = try folder.write("train.conll", "A\tO\nB\tB-x\n\nC\tI-x\n")
        let other = try folder.write("validation.conll", "A\tO\n\nB\tB-x\nC\tB-y\n")
        let data = try TaskData.tokenClassification(task(train), seed: 7)
        #expect(data.labels == ["B-x", "I-x", "O"])
        #expect((data.train + data.validation).count == 2)
        let error = try #require(throws: InputError.self) {
            try TaskData.tokenClassification(
                task(train, validation: .file(DataFile(path: other))), seed: 7)
        }
        #expect(error.subject == other && error.line == 4 && error.key == "tag")
        #expect(error.suggestion == "B-x")
        let empty = try folder.write("empty.conll", "\n\n")
        #expect(throws: InputError(empty, reason: "has no sentences")) {
            try TaskData.tokenClassification(
                task(train, validation: .file(DataFile(path: empty))), seed: 7)
        }
    }
}
