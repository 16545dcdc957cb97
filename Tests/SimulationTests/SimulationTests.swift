import Experiments
import Foundation
import Simulation
import TestSupport
import Testing

/// How many seeds: a few hundred with all tests, and as many as one likes by
/// `make simulate`, which also prints what came of them.
enum Seeds {
    static let asked = ProcessInfo.processInfo.environment["PEFTSEARCH_SIMULATED_SEEDS"].flatMap(UInt64.init)
    static let all = 0..<(asked ?? 80)
    /// Within which each mutant must be caught.
    static let mutants = 0..<600 as Range<UInt64>
    static let threads = asked == nil ? 1 : ProcessInfo.processInfo.activeProcessorCount

    static func report(_ line: @autoclosure () -> String) {
        if asked != nil { print(line()) }
    }
}

@Suite("A study in virtual time, with the product's own workers and controllers")
struct SimulationTests {
    private static let references = References()

    @Test func `whatever breaks, it comes to the same trials and the same front`() {
        let campaign = Campaign(seeds: Seeds.all, threads: Seeds.threads, against: Self.references)
        #expect(campaign.failure == nil)
        #expect(campaign.seeds == Seeds.all.count)
        Seeds.report("\(campaign.table)")
        // Storms in which something never happens would show nothing of it.
        guard campaign.seeds >= 80 else { return }
        for kind in FaultCounts.Kind.allCases { #expect(campaign.faults.counts[kind] ?? 0 > 0, "\(kind)") }
    }

    /// Where the rarer ones were noticed first; it saves time and decides nothing.
    private static let noticed: [StoreRule: UInt64] = [
        .repeatedClaimsFindTheirLease: 4,
        .returnsCheckTheAttempt: 17,
        .repeatedFinishesChangeNothing: 192,
        .expiryIsCheckedAgain: 47,
        .lossesNeedWitnesses: 47,
        .cutsCheckTheEpoch: 11,
        .replicatesCheckTheEpoch: 37,
        .repeatedProposalsChangeNothing: 24,
        .repeatedPromotionsChangeNothing: 4,
        .repeatedFrontsChangeNothing: 22,
    ]

    @Test func `a store that leaves one of its rules out is found out`() {
        for rule in StoreRule.allCases {
            let first = Self.noticed[rule] ?? 0
            var campaign = Campaign(seeds: first..<first + 1, without: rule, against: Self.references)
            if campaign.failure == nil {
                campaign = Campaign(
                    seeds: Seeds.mutants, threads: Seeds.threads, without: rule, against: Self.references)
            }
            #expect(campaign.failure != nil, "\(rule) is not missed")
            guard let failure = campaign.failure else { continue }
            Seeds.report("mutant without \(rule): seed \(failure.seed): \(failure.violation)")
        }
    }

    @Test(arguments: SimulatedStudies.names)
    func `with 1, 2, 7 or 12 slots, undisturbed or not, it is the same`(_ name: String) throws {
        for slots in [1, 2, 7, 12] {
            let calm = try Simulation(seed: 1, options: SimulationOptions(undisturbed: name, slots: slots))
                .run(against: Self.references)
            #expect(calm.violation == nil, "\(slots) slots")
            var stormy = Simulation(seed: UInt64(slots))
            stormy.options.study = name
            stormy.options.slots = slots
            #expect(try stormy.run(against: Self.references).violation == nil, "\(stormy.options)")
        }
    }

    @Test func `a seed gives one history, call by call`() throws {
        for seed in [3, 9, 20] as [UInt64] {
            var simulation = Simulation(seed: seed)
            simulation.isRecording = true
            let study = try SimulatedStudies.study(simulation.options.study)
            let (first, second) = (simulation.run(study).history, simulation.run(study).history)
            #expect(first.count > 100)
            #expect(first == second)
        }
        #expect("\(SimulationOptions(seed: 3))" != "\(SimulationOptions(seed: 4))")
    }
}
