import Experiments
import Foundation
import Fuzzing

/// The one reader that this process tries, and what became of its inputs.
///
/// libFuzzer calls from one thread, hence no lock.
private struct FuzzRun {
    let reader: HostileReader
    private var counts: [HostileReader.Outcome: Int] = [:]
    /// Some of the inputs that were accepted.
    private var accepted: [[UInt8]] = []

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["PEFTSEARCH_FUZZ_READER"] ?? ""
        guard let reader = try HostileReader.named(name) else {
            let names = HostileReader.all.map(\.name).joined(separator: " ")
            throw InputError("PEFTSEARCH_FUZZ_READER", reason: "expected one of \(names)")
        }
        self.reader = reader
        guard let folder = environment["PEFTSEARCH_FUZZ_SEEDS"] else { return }
        for (number, seed) in reader.seeds.enumerated() {
            try Data(seed).write(to: URL(filePath: "\(folder)/\(number)"))
        }
    }

    mutating func read(_ input: [UInt8]) throws {
        let outcome = try reader.read(input)
        counts[outcome, default: 0] += 1
        guard outcome == .accepted else { return }
        let count = counts[.accepted, default: 0]
        if accepted.count < 256 { accepted.append(input) } else { accepted[count * 7919 % 256] = input }
    }

    /// A mutant of the input or, since most of what libFuzzer keeps is refused
    /// at the first look, of a good file or one that was accepted.
    func mutant(of input: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        let origin =
            switch generator.index(below: 6) {
            case 0, 1: accepted.isEmpty ? input : accepted[generator.index(below: accepted.count)]
            case 2, 3: reader.seeds[generator.index(below: reader.seeds.count)]
            default: input
            }
        return reader.mutation.mutant(of: origin, by: &generator)
    }

    func report() {
        let counted = [.accepted, .refused, .malformed].map { counts[$0, default: 0] }
        print("outcomes: \(counted.map(String.init).joined(separator: " "))")
    }
}

nonisolated(unsafe) private var run: FuzzRun?

@_silgen_name("LLVMFuzzerMutate")
private func libFuzzerMutant(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

/// Called once, before the first input.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzer(
    _ argumentCount: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer
) -> Int32 {
    do {
        run = try FuzzRun()
    } catch {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        exit(64)
    }
    atexit {
        run?.report()
        run = nil
    }
    return 0
}

/// Called with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: data, count: size))
    do {
        try run?.read(input)
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}

/// Called for a mutant of an input, of at most `limit` bytes in its place.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32) -> Int {
    var generator = SeededGenerator(seed: UInt64(seed))
    guard let run, generator.uniform() > 0.1 else { return libFuzzerMutant(data, size, limit) }
    let input = Array(UnsafeBufferPointer(start: data, count: size))
    let mutant = run.mutant(of: input, by: &generator).prefix(limit)
    for (index, byte) in mutant.enumerated() { data[index] = byte }
    return mutant.count
}
