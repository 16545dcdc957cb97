import Experiments
import Foundation
import LinearAlgebra
import PEFT
import Synchronization
import Testing

/// The folder of kept hidden states: its budget, its lock, and what goes
/// wrong with it.
@Suite struct HiddenStateFolderTests {
    private let folder: TemporaryFolder
    /// Twelve sequences, whose states below block 2 are of one size.
    private let split = TinyBERT.split(12)
    private static let configuration = Configuration(
        components: [.lora(LoRA(ranks: [Site(layer: 2, projection: .feedForwardIn): 2]))])

    init() throws { folder = try TemporaryFolder() }

    private var path: String { "\(folder.path)/states" }

    private func files(_ ending: String = ".f32") throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(ending) })
    }

    /// The states of the split under a key, by a store of its own.
    private func states(
        _ key: JSON, budget: Int = KeptStates.budget, by products: any ProductLibrary = OpenBLASProducts(),
        willAsk: () -> Void = {}
    ) throws -> HiddenStateFile {
        let network = try TinyBERT.network(Self.configuration)
        willAsk()
        let source = try HiddenStateStore(folder: path, budget: budget).source(
            split, key: key, for: network, by: products)
        guard case .states(let file) = source else { throw CocoaError(.featureUnsupported) }
        return file
    }

    private func values(_ file: HiddenStateFile) throws -> [Float] { try file.batch(0..<12).values.values }

    /// Makes the states of a key; its file's name.
    private func make(_ key: JSON, budget: Int = KeptStates.budget) throws -> String {
        let before = try FileManager.default.fileExists(atPath: path) ? files() : []
        _ = try states(key, budget: budget)
        return try #require(try files().subtracting(before).first)
    }

    private func setUsed(_ name: String, secondsAgo: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -secondsAgo)], ofItemAtPath: "\(path)/\(name)")
    }

    @Test func `beyond the budget what was used longest ago goes, and who reads it can go on`() throws {
        let first = try make("first")
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: "\(path)/\(first)")[.size] as? Int)
        // Room for two and a half.
        let budget = 5 * size / 2
        let second = try make("second", budget: budget)
        let open = try states("second", budget: budget)
        let expected = try values(open)
        try setUsed(first, secondsAgo: 2000)
        try setUsed(second, secondsAgo: 1000)
        // A use counts like a making.
        _ = try states("first", budget: budget)
        let third = try make("third", budget: budget)
        #expect(try files() == [first, third])
        #expect(try values(open) == expected)
        #expect(try values(try states("second", budget: budget)) == expected)
        #expect(try files().contains(second))
    }

    @Test func `a file larger than the budget is kept alone`() throws {
        _ = try make("first")
        let second = try make("second", budget: 1)
        #expect(try files() == [second])
    }

    @Test func `a file in place of the folder, and a folder in place of the lock, are told as they are`()
        throws
    {
        _ = try folder.write("states", "a file")
        let noFolder = try #require(throws: InputError.self) { try states("first") }
        #expect(noFolder.subject == path && noFolder.reason.hasPrefix("cannot be made: "))
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: "\(path)/lock", withIntermediateDirectories: true)
        let noLock = try #require(throws: InputError.self) { try states("first") }
        #expect(noLock.subject == "\(path)/lock" && noLock.reason == "cannot be opened: Is a directory")
    }

    /// A folder in the file's place takes no file over it.
    @Test func `what cannot be put in its place leaves nothing partial behind`() throws {
        let name = try make("first")
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(name)/full", withIntermediateDirectories: true)
        // Not among what the budget may remove.
        let error = try #require(throws: InputError.self) { try states("first") }
        #expect(error.subject == "\(path)/\(name)" && error.reason.hasPrefix("cannot be written"))
        #expect(try files(".partial").isEmpty)
    }

    @Test func `what a killed process left of the same file is written over`() throws {
        let name = try make("first")
        let expected = try readFile("\(path)/\(name)")
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        try Data(repeating: 7, count: 3 * expected.count).write(
            to: URL(filePath: "\(path)/\(name).partial"))
        _ = try states("first")
        #expect(try readFile("\(path)/\(name)") == expected)
        #expect(try files(".partial").isEmpty)
    }

    @Test func `two who want one file at once get the same bytes, and one of them makes it`() throws {
        let (first, second) = (WatchedProducts(), WatchedProducts())
        // Whoever makes the file waits a moment for the other to begin, too.
        first.other = second
        second.other = first
        let found = Mutex<[Result<[Float], any Error>]>([])
        let threads = [first, second].map { products in
            FinishingThread {
                let result = Result { try values(try states("first", by: products)) }
                found.withLock { $0.append(result) }
            }
        }
        for thread in threads { thread.start() }
        for thread in threads { thread.wait() }
        let both = try found.withLock { $0 }.map { try $0.get() }
        #expect(both.count == 2 && both[0] == both[1])
        #expect([first.isUsed, second.isUsed].count { $0 } == 1)
        #expect(try files().count == 1 && files(".partial").isEmpty)
    }

    @Test func `a signal does not end the wait for the lock`() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        var previous = sigaction()
        sigaction(SIGUSR2, &action, &previous)
        defer { sigaction(SIGUSR2, &previous, nil) }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let lock = open("\(path)/lock", O_RDWR | O_CREAT, 0o600)
        try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
        let found = Mutex<Result<Int, any Error>?>(nil)
        let asked = DispatchSemaphore(value: 0)
        let thread = FinishingThread {
            let result = Result {
                try values(try states("first", willAsk: { asked.signal() })).count
            }
            found.withLock { $0 = result }
        }
        thread.start()
        asked.wait()
        // It soon sleeps in the lock, where every signal wakes it.
        for _ in 0..<200 where found.withLock({ $0 == nil }) {
            pthread_kill(thread.identifier, SIGUSR2)
            usleep(1000)
        }
        #expect(found.withLock { $0 == nil }, "the wait ended before the lock was free")
        close(lock)
        thread.wait()
        #expect(try #require(found.withLock { $0 }).get() > 0)
    }
}

/// A thread that can be waited for and signalled.
private final class FinishingThread: @unchecked Sendable {
    // Sendable because the identifier is written before `start` returns.
    private let body: @Sendable () -> Void
    private let begun = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private(set) var identifier = pthread_self()

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func start() {
        Thread {
            self.identifier = pthread_self()
            // The test's own thread has them blocked, and threads inherit that.
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_UNBLOCK, &all, nil)
            self.begun.signal()
            self.body()
            self.ended.signal()
        }.start()
        begun.wait()
    }

    func wait() { ended.wait() }
}

/// OpenBLAS's products; the first call gives another user of the folder time
/// to make a call, too, which it does unless something holds it.
private final class WatchedProducts: ProductLibrary, @unchecked Sendable {
    // Sendable because `other` is written before the threads start.
    private let library = OpenBLASProducts()
    private let count = Mutex(0)
    private let called = DispatchSemaphore(value: 0)
    weak var other: WatchedProducts?

    var isUsed: Bool { count.withLock { $0 > 0 } }
    var description: String { library.description }
    var operandType: ElementType { library.operandType }

    func packed(_ factor: Operand, isTransposed: Bool) -> PackedFactor? {
        library.packed(factor, isTransposed: isTransposed)
    }

    func run(_ calls: [ProductCall]) {
        let isFirst = count.withLock { count in
            count += 1
            return count == 1
        }
        if isFirst {
            called.signal()
            _ = other?.called.wait(timeout: .now() + 0.3)
        }
        library.run(calls)
    }
}
