import Experiments
import Testing

struct ArtifactNeedsTests {
    private static func hash(_ number: Int) -> String { ContentHash.sha256(of: .integer(number)) }

    private static func trial(_ number: Int, names: [String] = [], derived: [Int] = []) -> Trial {
        var trial = Trial(
            number: number, state: .done, seed: 1, assignment: [:],
            configuration: ["adapters": .array(names.map { ["artifact": .string($0)] })],
            computeClass: "toy", artifact: hash(number), span: VirtualSpan(start: 0, finish: 1))
        trial.derived = derived.map {
            DerivedResult(configuration: [:], method: "cut", measurements: [], artifact: hash($0))
        }
        return trial
    }

    private static func version(_ members: [Int]) -> FrontVersion {
        FrontVersion(version: 1, members: members, hypervolume: nil, cause: 0)
    }

    @Test func `members of every front are kept, and all else goes`() {
        let needs = ArtifactNeeds(
            trials: (0..<5).map { Self.trial($0, derived: [10 + $0]) }, replicates: [:],
            versions: [Self.version([1]), Self.version([1, 3])], others: [])
        #expect(needs.kept == [Self.hash(1), Self.hash(3)])
        #expect(needs.dispensable == Set([0, 2, 4, 10, 11, 12, 13, 14].map(Self.hash)))
    }

    @Test func `so are their replicates, and what a configuration names`() {
        let needs = ArtifactNeeds(
            trials: [Self.trial(0), Self.trial(1), Self.trial(2, names: [Self.hash(0)])],
            replicates: [1: [Self.hash(20)], 2: [Self.hash(21)]], versions: [Self.version([1])], others: [])
        #expect(needs.kept == Set([0, 1, 20].map(Self.hash)))
        #expect(needs.dispensable == Set([2, 21].map(Self.hash)))
    }

    @Test func `what another study has or names stays`() {
        let other = Self.trial(1, names: [Self.hash(2)], derived: [3])
        let needs = ArtifactNeeds(
            trials: (0..<5).map { Self.trial($0) }, replicates: [:], versions: [], others: [other])
        #expect(needs.kept == Set([1, 2, 3].map(Self.hash)))
        #expect(needs.dispensable == Set([0, 4].map(Self.hash)))
    }
}
