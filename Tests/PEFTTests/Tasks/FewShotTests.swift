import Experiments
import Foundation
import PEFT
import Testing

@Suite struct FewShotTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(_ subset: TrainingSubset?, seed: UInt64 = 7) throws -> TaskSplits<Example<Int>> {
        let labels = (0..<90).map { $0 % 9 == 0 ? "rare" : "common" }
        let rows = labels.enumerated().map { "row \($0)\t\($1)\n" }.joined()
        let path = try folder.write("train.tsv", "text\tlabel\n" + rows)
        return try TaskData.classification(
            TaskDefinition(
                train: DataFile(path: path), validation: .share(0.2), text: ["text"], label: "label",
                maximumLength: 8, subset: subset), seed: seed)
    }

    @Test func `so many examples of every label are drawn by the seed`() throws {
        let whole = try load(nil)
        let few = try load(.perClass(4))
        for label in 0..<2 { #expect(few.train.count { $0.label == label } == 4) }
        #expect(few.validation == whole.validation && few.labels == whole.labels)
        let numbers = few.train.map { Int($0.text.dropFirst(4))! }
        #expect(numbers == numbers.sorted())
        #expect(try load(.perClass(4)) == few)
        #expect(try load(.perClass(4), seed: 8).train.map(\.text) != few.train.map(\.text))
        #expect(
            few.train.filter { $0.label == 1 }.map(\.text) == ["row 18", "row 36", "row 63", "row 72"],
            "pinned: another generator or order would change every study")
    }

    @Test func `a label with fewer examples is refused by its name`() throws {
        #expect(try load(.perClass(8)).train.count == 16)
        let error = try #require(throws: InputError.self) { try load(.perClass(9)) }
        #expect(error.key == "train_per_class" && error.suggestion == "train_per_class: 8")
        #expect(error.reason.hasSuffix("9 are wanted, \"rare\" has 8 left to train on"))
    }
}
