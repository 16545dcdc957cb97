import Experiments
import Foundation
import PEFT
import Testing

@Suite struct RegressionDataTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(
        _ labels: [String], name: String = "train.tsv", subset: TrainingSubset? = nil, seed: UInt64 = 7
    ) throws -> TaskSplits<Example<Double>> {
        let rows = labels.enumerated().map { "row \($0)\t\($1)\n" }.joined()
        let path = try folder.write(name, "text\tscore\n" + rows)
        return try TaskData.regression(
            TaskDefinition(
                kind: .regression, train: DataFile(path: path), validation: .share(0.25), text: ["text"],
                label: "score", maximumLength: 8, subset: subset), seed: seed)
    }

    @Test func `labels are numbers in decimal notation`() throws {
        let data = try load(["1", "-2.5", "3e-2", "+4"])
        #expect(
            data.labels == [] && (data.train + data.validation).map(\.label).sorted() == [-2.5, 0.03, 1, 4])
        #expect(data.validation.count == 1)
    }

    @Test(arguments: ["high", "0x10", "nan", "inf", "1e999", " 1", "1,5"])
    func `anything else is refused by its line`(label: String) throws {
        let error = try #require(throws: InputError.self) { try load(["1", label]) }
        #expect(error.line == 3 && error.key == "score")
        #expect(error.reason == "expected a number, found \"\(label)\"")
    }

    @Test func `the scale of labels is their mean and deviation`() throws {
        let scale = try #require(LabelScale(of: [1, 3, 5, 7]))
        #expect(scale.mean == 4 && abs(scale.deviation - 5.squareRoot()) < 1e-12)
        #expect(abs(scale.standardized(4 + 5.squareRoot()) - 1) < 1e-12)
        #expect(LabelScale(of: [2, 2, 2]) == nil && LabelScale(of: []) == nil)
        #expect(LabelScale(of: [1e308, -1e308]) == nil)
    }

    @Test func `labels that are all equal are refused`() throws {
        let path = try folder.write("same.tsv", "text\tscore\n" + String(repeating: "a\t1\n", count: 8))
        let model = try ModelFolder(path: fixture("golden/tiny-bert"))
        let task = TaskDefinition(
            kind: .regression, train: DataFile(path: path), validation: .share(0.25), text: ["text"],
            label: "score", maximumLength: 8)
        let error = try #require(throws: InputError.self) { try EncodedTask(task, seed: 1, model: model) }
        #expect(error.reason.hasPrefix("the training labels are all the same number"))
    }

    @Test func `a subset of examples is drawn by the seed and keeps their order`() throws {
        let labels = (0..<40).map(String.init)
        let whole = try load(labels)
        let some = try load(labels, subset: .examples(7))
        #expect(some.train.count == 7 && some.validation == whole.validation)
        #expect(some.train.map(\.label) == some.train.map(\.label).sorted())
        #expect(Set(some.train).isSubset(of: Set(whole.train)))
        #expect(try load(labels, subset: .examples(7)) == some)
        #expect(try load(labels, subset: .examples(7), seed: 8).train != some.train)
        #expect(try load(labels, subset: .examples(30)).train == whole.train)
        let error = try #require(throws: InputError.self) { try load(labels, subset: .examples(31)) }
        #expect(
            error.key == "train_examples" && error.reason.hasSuffix("31 are wanted, 30 are left to train on"))
        #expect(throws: InputError.self) { try load(labels, subset: .perClass(2)) }
    }
}
