import Experiments
import Foundation
import PEFT
import Testing

@Suite struct TaskDataTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A file of rows with these labels; the text is the number of the row.
    func file(_ name: String, _ labels: [String]) throws -> DataFile {
        let rows = labels.enumerated().map { "row \($0)\t\($1)\n" }
        return DataFile(path: try folder.write(name, "text\tlabel\n" + rows.joined()))
    }

    func load(
        _ train: [String], validation: TaskDefinition.Validation, test: DataFile? = nil, seed: UInt64 = 7
    ) throws -> TaskSplits<Example<Int>> {
        let task = TaskDefinition(
            train: try file("train.tsv", train), validation: validation, test: test, text: ["text"],
            label: "label", maximumLength: 8)
        return try TaskData.classification(task, seed: seed)
    }

    @Test func `labels that are whole numbers stand in their order, others in that of their bytes`() throws {
        func labels(_ train: [String]) throws -> [String] {
            try load(train + train, validation: .share(0.5)).labels
        }
        #expect(try labels(["10", "9", "-1"]) == ["-1", "9", "10"])
        #expect(try labels(["10", "9", "b"]) == ["10", "9", "b"])
        #expect(try labels(["é", "z", "Z", "a"]) == ["Z", "a", "z", "é"])
        #expect(try labels(["1.5", "10", "9"]) == ["1.5", "10", "9"])
    }

    @Test func `all files have the ids of the training file`() throws {
        let data = try load(
            ["b", "a", "c"], validation: .file(try file("validation.tsv", ["c", "b"])),
            test: try file("test.tsv", ["a"]))
        #expect(data.labels == ["a", "b", "c"])
        #expect(data.train.map(\.label) == [1, 0, 2])
        #expect(data.validation.map(\.label) == [2, 1])
        #expect(data.test == [Example(text: "row 0", label: 0)])
    }

    @Test func `a label that training does not know is refused by its line`() throws {
        let validation = try file("validation.tsv", ["good", "goood"])
        let error = try #require(throws: InputError.self) {
            try load(["good", "bad"], validation: .file(validation))
        }
        #expect(error.subject == validation.path && error.line == 3 && error.key == "label")
        #expect(error.suggestion == "good")
        let test = try file("test.tsv", ["?"])
        #expect(throws: InputError.self) {
            try load(["a", "b", "a", "b"], validation: .share(0.5), test: test)
        }
    }

    @Test func `fewer than two labels and empty splits are refused`() throws {
        #expect(
            try #require(throws: InputError.self) { try load(["a", "a"], validation: .share(0.5)) }.reason
                .hasSuffix("found only \"a\""))
        #expect(throws: InputError.self) { try load([], validation: .share(0.5)) }
        #expect(throws: InputError.self) { try load(["a", "b"], validation: .share(0.5)) }
        let empty = try file("empty.tsv", [])
        #expect(throws: InputError(empty.path, reason: "has no rows")) {
            try load(["a", "b"], validation: .file(empty))
        }
        #expect(throws: InputError(empty.path, reason: "has no rows")) {
            try load(["a", "b", "a", "b"], validation: .share(0.5), test: empty)
        }
    }

    @Test(arguments: [0, 1, -0.5, .nan, .infinity])
    func `a share outside 0 to 1 is refused`(share: Double) {
        #expect(throws: InputError.self) { try load(["a", "b", "a", "b"], validation: .share(share)) }
    }

    @Test func `the validation share is stratified, disjoint and in the order of the file`() throws {
        let labels = (0..<200).map { $0 % 10 == 0 ? "rare" : "common" } + ["pair", "pair", "single"]
        let data = try load(labels, validation: .share(0.1))
        func count(_ label: String, _ examples: [Example<Int>]) -> Int {
            examples.count { data.labels[$0.label] == label }
        }
        #expect(count("common", data.validation) == 18 && count("rare", data.validation) == 2)
        #expect(count("pair", data.validation) == 1 && count("pair", data.train) == 1)
        #expect(count("single", data.validation) == 0 && count("single", data.train) == 1)
        let numbers = [data.train, data.validation].map { $0.map { Int($0.text.dropFirst(4)) ?? -1 } }
        #expect(numbers.allSatisfy { $0 == $0.sorted() })
        #expect((numbers[0] + numbers[1]).sorted() == Array(0..<203))
    }

    @Test func `something of every label stays for training`() throws {
        let data = try load(["a", "a", "b", "b", "b"], validation: .share(0.99))
        #expect(data.train.map(\.label) == [0, 1])
    }

    @Test func `the split depends on the seed alone`() throws {
        let labels = (0..<100).map { $0 % 2 == 0 ? "a" : "b" }
        let once = try load(labels, validation: .share(0.2))
        #expect(try load(labels, validation: .share(0.2)) == once)
        #expect(try load(labels, validation: .share(0.2), seed: 8) != once)
        let first = once.validation.prefix(5).map(\.text)
        #expect(
            first == ["row 10", "row 13", "row 14", "row 15", "row 20"],
            "pinned: another generator or order would change every study")
    }

    @Test func `a pair of texts needs two columns`() throws {
        let path = try folder.write("pairs.csv", "a,b,label\nx,y,1\nz,w,0\n")
        func load(_ text: [String]) throws -> TaskSplits<Example<Int>> {
            let file = DataFile(path: path)
            return try TaskData.classification(
                TaskDefinition(
                    train: file, validation: .file(file), text: text, label: "label", maximumLength: 8),
                seed: 7)
        }
        #expect(try load(["b", "a"]).train[0] == Example(text: "y", pair: "x", label: 1))
        #expect(throws: InputError.self) { try load([]) }
        #expect(throws: InputError.self) { try load(["a", "b", "a"]) }
    }
}
