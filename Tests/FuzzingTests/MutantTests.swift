import Experiments
import Fuzzing
import Testing

/// The same mutants in every run, as many as fit into seconds; `make fuzz`
/// looks for new ones.
@Suite struct MutantTests {
    static let count = 2000

    @Test(arguments: HostileReader.all.map(\.name))
    func `no mutant of a good file ends the process`(name: String) throws {
        let reader = try #require(try HostileReader.named(name))
        for seed in reader.seeds { #expect(try reader.read(seed) == .accepted) }
        var generator = SeededGenerator(seed: 1, purpose: name)
        var counts: [HostileReader.Outcome: Int] = [:]
        for number in 0..<Self.count {
            let seed = reader.seeds[number % reader.seeds.count]
            counts[try reader.read(reader.mutation.mutant(of: seed, by: &generator)), default: 0] += 1
        }
        print("\(name): \(counts[.accepted, default: 0]) accepted, \(counts[.refused, default: 0]) refused")
        // Bytes that fail the first look test nothing behind it.
        #expect(counts[.malformed, default: 0] <= Self.count * 2 / 3)
        #expect(counts[.accepted, default: 0] > Self.count / 100)
    }
}
