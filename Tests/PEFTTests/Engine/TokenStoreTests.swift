import Experiments
import Foundation
import PEFT
import Synchronization
import Testing

/// Tasks whose tokens are kept in files.
@Suite struct TokenStoreTests {
    let example: EngineExample
    let task: TaskDefinition
    let model: ModelFolder
    let states: String

    init() throws {
        example = try EngineExample()
        task = try #require(example.study.task)
        model = try ModelFolder(path: fixture("golden/tiny-bert"))
        states = "\(example.folder.path)/states"
    }

    private func load(_ task: TaskDefinition? = nil, kept: Bool = true) throws -> EncodedTask {
        try EncodedTask(task ?? self.task, seed: 7, model: model, keptIn: kept ? states : nil)
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(states)/tokens")
            .filter { $0 != "lock" }.sorted()
    }

    /// Asks a store for the task by a key.
    private struct Request: Sendable {
        let folder: String
        let task: TaskDefinition
        let model: ModelFolder

        /// - Parameter making: called when the task has to be made.
        func load(_ key: JSON, making: () -> Void) throws -> EncodedTask {
            try TokenStore(folder: folder).task(key, definition: task) { () throws(InputError) in
                making()
                return try EncodedTask(task, seed: 7, model: model)
            }
        }
    }

    private var request: Request { Request(folder: "\(states)/tokens", task: task, model: model) }

    @Test func `kept tokens are those of the files, and batches of them too`() throws {
        let expected = try load(kept: false)
        #expect(try load() == expected)
        let made = try files()
        #expect(made.count == 1)
        let again = try load()
        #expect(again == expected && again.test != nil)
        #expect(try files() == made)
        for (a, b) in [(again.train, expected.train), (again.validation, expected.validation)] {
            let (x, y) = (a.batch([3, 0, 5]), b.batch([3, 0, 5]))
            #expect(
                x.ids == y.ids && x.typeIDs == y.typeIDs && x.positions == y.positions
                    && x.offsets == y.offsets)
        }
    }

    @Test func `pairs, labels of many bytes and tasks without a test split are kept`() throws {
        let rows = ["the cat\ta dog\tkatze und größe", "a bird, ran\tit\tja", "no\t\tja", "\tx\t猫"]
        let file = DataFile(
            path: try example.folder.write("pairs.tsv", "a\tb\tlabel\n" + rows.joined(separator: "\n")))
        let hash = try ContentHash.sha256(ofFile: file.path)
        let data = DataFile(path: file.path, sha256: hash)
        let pairs = TaskDefinition(
            train: data, validation: .file(data), text: ["a", "b"], label: "label", maximumLength: 9)
        let expected = try load(pairs, kept: false)
        #expect(try load(pairs) == expected)
        #expect(try load(pairs) == expected)
        #expect(expected.train.batch(0..<4).typeIDs.contains(1) && expected.test == nil)
    }

    /// What may have become of a file.
    enum Damage: CaseIterable { case missing, empty, short, long, changed, foreign, renamed }

    @Test(arguments: Damage.allCases)
    func `a file that is missing, damaged or another's is made again to the same bytes`(
        damage: Damage
    ) throws {
        var made = 0
        let first = try request.load(["a": 1]) { made += 1 }
        let url = URL(filePath: "\(states)/tokens/\(try files()[0])")
        let whole = try Data(contentsOf: url)
        switch damage {
        case .missing: try FileManager.default.removeItem(at: url)
        case .empty: try Data().write(to: url)
        case .short: try whole.dropLast(4).write(to: url)
        case .long: try (whole + Data(count: 8)).write(to: url)
        case .changed:
            var changed = whole
            changed[whole.count / 2] ^= 1
            try changed.write(to: url)
        case .foreign: try Data("a file of somebody else, 32 bytes".utf8).write(to: url)
        case .renamed:
            // Whole and with a right checksum, under another key's name.
            _ = try request.load(["b": 2]) {}
            let other = try #require(try files().first { $0 != url.lastPathComponent })
            try Data(contentsOf: url.deletingLastPathComponent().appending(path: other)).write(to: url)
        }
        #expect(try request.load(["a": 1]) { made += 1 } == first)
        #expect(made == 2)
        #expect(try Data(contentsOf: url) == whole)
        #expect(try request.load(["a": 1]) { made += 1 } == first)
        #expect(made == 2)
    }

    @Test func `of many who want a task at once one makes it`() throws {
        let expected = try load(kept: false)
        let counts = Counts()
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<4 {
            Thread { [request] in
                counts.begun.add(1, ordering: .relaxed)
                let found = try? request.load(["a": 1]) {
                    counts.made.add(1, ordering: .relaxed)
                    // Nobody has made it before all have asked.
                    while counts.begun.load(ordering: .relaxed) < 4 { sched_yield() }
                }
                if found == expected { counts.equal.add(1, ordering: .relaxed) }
                done.signal()
            }.start()
        }
        for _ in 0..<4 { done.wait() }
        #expect(counts.made.load(ordering: .relaxed) == 1 && counts.equal.load(ordering: .relaxed) == 4)
    }

    private final class Counts: Sendable {
        let begun = Atomic(0)
        let made = Atomic(0)
        let equal = Atomic(0)
    }

    @Test func `a data file that is missing or changed is refused as without kept tokens`() throws {
        _ = try load()
        let test = try #require(task.test?.path)
        for (path, name) in [(task.train.path, "train"), (test, "test")] {
            let whole = try readFile(path)
            for damage in ["changed", "missing"] {
                if damage == "missing" {
                    try FileManager.default.removeItem(atPath: path)
                } else {
                    try Data(whole + [0x0A]).write(to: URL(filePath: path))
                }
                let kept = try #require(throws: InputError.self) { try load() }
                let read = try #require(throws: InputError.self) { try load(kept: false) }
                #expect(kept == read, "\(name) \(damage)")
            }
            try Data(whole).write(to: URL(filePath: path))
        }
        #expect(try load() == load(kept: false))
    }

    @Test func `a bad row is refused with its line, and nothing is kept`() throws {
        let path = try example.folder.write("bad.tsv", "sentence\tlabel\na cat\tcat\na dog\n")
        var bad = task
        bad.train = DataFile(path: path, sha256: try ContentHash.sha256(ofFile: path))
        let kept = try #require(throws: InputError.self) { try load(bad) }
        let read = try #require(throws: InputError.self) { try load(bad, kept: false) }
        #expect(kept == read && kept.line == 3)
        #expect(try files() == [])
    }

    @Test func `a task is there although its tokens cannot be kept`() throws {
        try Data().write(to: URL(filePath: states))
        #expect(try load() == load(kept: false))
    }

    @Test func `a file under another format's name, another seed or another length has another key`() throws {
        func key(_ task: TaskDefinition, seed: UInt64 = 7) throws -> JSON? {
            try EncodedTask.key(task, seed: seed, model: model)
        }
        let own = try #require(try key(task))
        #expect(try key(task) == own)
        #expect(try key(task, seed: 8) != own)
        var other = task
        other.maximumLength += 1
        #expect(try key(other) != own)
        other = task
        other.train.path = "elsewhere.tsv"
        #expect(try key(other) == own)
        other.train.path = "train.csv"
        #expect(try key(other) != own)
        other.train.path = "train.txt"
        #expect(try key(other) == nil)
        other.train = DataFile(path: task.train.path)
        #expect(try key(other) == nil)
    }

    @Test(arguments: [1, 2, 3, 5, 64])
    func `the number of threads does not change the tokens`(threads: Int) throws {
        let tokenizer = try Tokenizer(folder: model.path)
        let words = ["the", "cats", "ran", "unknown", "é", "red.", "dogged", ""]
        var generator = SeededGenerator(seed: 1, purpose: "texts")
        let examples = (0..<1_500).map { number in
            let text = (0..<generator.index(below: 9)).map { _ in words[generator.index(below: words.count)] }
            return Example(
                text: text.joined(separator: " "), pair: number % 4 == 0 ? "it ran" : nil, label: number % 3)
        }
        let split = EncodedSplit(examples, tokenizer: tokenizer, maximumLength: 12, threads: threads)
        let serial = EncodedSplit(
            sequences: examples.map { tokenizer.encode($0.text, pair: $0.pair, maximumLength: 12) },
            labels: examples.map(\.label))
        #expect(split == serial)
    }
}
