import Experiments
import Search
import Testing

@Suite("Rungs: which trials go on, whatever happens to workers and controllers")
struct RungTests {
    private static let thirds = [1.0 / 9, 1.0 / 3, 1]

    static let storms: [(workers: Int, storm: UInt64)] = [1, 2, 7, 12].flatMap { workers in
        [11, 12, 13].map { (workers, $0) }
    }

    private static func run(_ study: Study, workers: Int = 1, storm: UInt64? = nil) throws -> StormSimulation
    {
        var simulation = StormSimulation(study, workers: workers, storm: storm)
        try simulation.run()
        return simulation
    }

    private static func check(_ study: Study, _ workers: Int, _ storm: UInt64) throws {
        let calm = try run(study)
        let stormy = try run(study, workers: workers, storm: storm)
        #expect(stormy.record == calm.record)
        #expect(stormy.versions == calm.versions)
        #expect(calm.versions.count > 3)
        // Every unit exactly once.
        #expect(Set(stormy.trained).count == stormy.trained.count)
        #expect(Set(stormy.trained) == Set(calm.trained))
        let ended = calm.trials.flatMap { trial in
            trial.rungs.indices.filter { !trial.hasFailed(at: $0) }.map { [trial.number, $0] }
        }
        #expect(Set(ended) == Set(calm.trained))
    }

    @Test(arguments: storms)
    func `a native study with rungs gives the same trials and front versions`(
        workers: Int, storm: UInt64
    ) throws {
        try Self.check(Examples.native(trials: 60, parallelism: 5, rungs: Self.thirds), workers, storm)
    }

    @Test(arguments: storms)
    func `a literal study with rungs gives the same trials and front versions`(
        workers: Int, storm: UInt64
    ) throws {
        try Self.check(Examples.zdt1(trials: 80, parallelism: 3, rungs: [0.1, 0.5, 1]), workers, storm)
    }
}
