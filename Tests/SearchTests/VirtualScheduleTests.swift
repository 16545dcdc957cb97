import Experiments
import Search
import Testing

struct VirtualScheduleTests {
    @Test func `a proposal starts on the earliest free worker`() {
        var schedule = VirtualSchedule(parallelism: 2)
        let spans = [5, 2, 2, 4, 1].map { schedule.place(duration: $0) }
        #expect(spans.map(\.start) == [0, 0, 2, 4, 5])
        #expect(spans.map(\.finish) == [5, 2, 4, 8, 6])
        #expect(schedule.nextStart == 6)
    }

    @Test func `the end of time does not overflow`() {
        var schedule = VirtualSchedule(parallelism: 1)
        #expect(schedule.place(duration: .max).finish == .max)
        #expect(schedule.place(duration: 5).finish == .max)
    }

    @Test func `a proposal waits for all that it may see and for nothing else`() throws {
        let study = Examples.zdt1(trials: 6, parallelism: 2, strategy: "random")
        var plan = try StudyPlan(study: study)
        let first = try plan.nextDecisions().compactMap(\.proposal)
        #expect(first.map(\.number) == [0, 1])
        #expect(try plan.nextDecisions().isEmpty)
        var rows = first.map { proposal in
            Trial(
                number: proposal.number, state: .ready, seed: proposal.seed, assignment: proposal.assignment,
                configuration: proposal.configuration, span: proposal.span)
        }
        // Both finish at 1000, so the next proposal sees both.
        rows[1].state = .done
        try plan.observe(rows)
        #expect(try plan.nextDecisions().isEmpty)
        rows[0].state = .failed
        try plan.observe(rows)
        #expect(try plan.nextDecisions().map(\.proposal?.number) == [2, 3])
    }

    @Test func `front versions come in the order of virtual completion`() throws {
        let study = Examples.zdt1(trials: 3, parallelism: 2)
        var simulation = StormSimulation(study)
        try simulation.run()
        var rows = simulation.trials
        rows[0].span = VirtualSpan(start: 0, finish: 3000)
        rows[1].span = VirtualSpan(start: 0, finish: 1000)
        rows[2].span = VirtualSpan(start: 1000, finish: 2000)
        for (number, value) in [0: 1.0, 1: 3, 2: 2] {
            for index in rows[number].measurements.indices { rows[number].measurements[index].value = value }
        }
        var waiting = rows
        waiting[2].state = .running
        var plan = try StudyPlan(study: study, trials: waiting)
        #expect(plan.nextVersions().map(\.cause) == [1])
        try plan.observe(rows)
        let versions = plan.nextVersions()
        #expect(versions.map(\.version) == [2, 3])
        #expect(versions.map(\.cause) == [2, 0])
        #expect(versions.map(\.members) == [[2], [0]])
        // Both objectives at 1 of 6.
        #expect(abs((versions.last?.hypervolume ?? 0) - 25.0 / 36) < 1e-12)
        #expect(plan.nextVersions().isEmpty)
    }
}
