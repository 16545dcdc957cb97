import Experiments
import Search
import Testing

@Suite("The front depends on the study, not on luck")
struct DeterminismTests {
    static let storms: [(workers: Int, storm: UInt64)] = [1, 2, 7, 12].flatMap { workers in
        [11, 12, 13].map { (workers, $0) }
    }

    private static func check(_ study: Study, _ workers: Int, _ storm: UInt64) throws {
        var calm = StormSimulation(study)
        try calm.run()
        var stormy = StormSimulation(study, workers: workers, storm: storm)
        try stormy.run()
        #expect(stormy.record == calm.record)
        #expect(stormy.versions == calm.versions)
        #expect(calm.versions.count > 3)
    }

    @Test(arguments: storms)
    func `a native study gives the same trials and front versions`(workers: Int, storm: UInt64) throws {
        try Self.check(Examples.native(trials: 60, parallelism: 5), workers, storm)
    }

    @Test(arguments: storms)
    func `a literal study gives the same trials and front versions`(workers: Int, storm: UInt64) throws {
        try Self.check(Examples.zdt1(trials: 80, parallelism: 3), workers, storm)
    }

    @Test(arguments: [2, 12])
    func `proposals never read observed values`(workers: Int) throws {
        let study = try Examples.native(objectives: [
            Objective(metric: MeasurementName.accuracy, direction: .maximize),
            Objective(metric: MeasurementName.trainSeconds, direction: .minimize),
        ])
        var calm = StormSimulation(study)
        try calm.run()
        var stormy = StormSimulation(study, workers: workers, storm: 5)
        try stormy.run()
        #expect(stormy.record == calm.record)
        #expect(stormy.trials != calm.trials)
    }

    @Test func `another seed gives other trials`() throws {
        var first = StormSimulation(Examples.zdt1(seed: 1))
        try first.run()
        var second = StormSimulation(Examples.zdt1(seed: 2))
        try second.run()
        #expect(first.record != second.record)
    }

    @Test(arguments: [UInt64?.none, 21, 22])
    func `a budget that grew ends with the trials and front of the larger one`(storm: UInt64?) throws {
        var whole = StormSimulation(try Examples.native(trials: 50))
        try whole.run()
        var grown = StormSimulation(try Examples.native(trials: 23), workers: 3, storm: storm)
        try grown.run()
        let before = grown.versions
        grown.study.search.trials = 50
        try grown.run()
        #expect(grown.record == whole.record)
        #expect(grown.versions.last?.members == whole.versions.last?.members)
        #expect(grown.versions.last?.hypervolume == whole.versions.last?.hypervolume)
        #expect(Array(grown.versions.prefix(before.count)) == before)
        #expect(grown.versions.map(\.version) == Array(1...grown.versions.count))
    }

    @Test func `the last version is the front that readers compute`() throws {
        let study = try Examples.native()
        var simulation = StormSimulation(study)
        try simulation.run()
        let front = Front.current(of: study, trials: simulation.trials)
        #expect(simulation.versions.last?.members == front.members.map(\.number))
        #expect(simulation.versions.last?.hypervolume == front.hypervolume)
        let volume = try #require(front.hypervolume)
        #expect(volume > 0.1 && volume < 1)
    }

    @Test func `what is stored must fit the study`() throws {
        let study = Examples.zdt1(trials: 10)
        var simulation = StormSimulation(study)
        try simulation.run()
        let changes: [(inout Trial) -> Void] = [
            { $0.seed += 1 }, { $0.span.start += 1 }, { $0.number += 1 }, { $0.span.finish = $0.span.start },
        ]
        for change in changes {
            var trials = simulation.trials
            change(&trials[7])
            #expect(throws: InputError.self) { try StudyPlan(study: study, trials: trials) }
        }
    }

    @Test func `a study made with another version of its strategy is refused`() throws {
        var study = Examples.zdt1()
        study.search.version += 1
        #expect(throws: InputError.self) { try StudyPlan(study: study) }
    }
}
