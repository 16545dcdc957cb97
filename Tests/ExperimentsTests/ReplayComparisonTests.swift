import Experiments
import Testing

struct ReplayComparisonTests {
    private static func measured(_ value: Double, _ kind: Measurement.Kind) -> [Measurement] {
        [Measurement("value", value, kind, method: "counted")]
    }

    @Test(arguments: [Measurement.Kind.exact, .deterministic])
    func `one bit is a difference`(kind: Measurement.Kind) {
        for (one, two) in [(0.1 + 0.2, 0.3), (0.0, -0.0), (1.0, 1.0.nextUp)] {
            var comparison = ReplayComparison()
            comparison.compare(Self.measured(one, kind), Self.measured(one, kind), rung: 0)
            #expect(comparison.differences.isEmpty && comparison.values[0].isSame == true)
            comparison.compare(Self.measured(one, kind), Self.measured(two, kind), rung: 1)
            #expect(comparison.differences.map(\.quantity) == [.measurement])
            #expect(comparison.differences[0].rung == 1)
            #expect(comparison.differences[0].recorded != comparison.differences[0].found)
        }
    }

    @Test func `what was observed is shown and decides nothing`() {
        var comparison = ReplayComparison()
        comparison.compare(Self.measured(1, .observed), Self.measured(2, .observed), rung: 0)
        comparison.compare(Self.measured(1, .observed), [], rung: 1)
        #expect(comparison.differences.isEmpty)
        #expect(comparison.values.map(\.isSame) == [nil, nil])
        #expect(comparison.values.map(\.recorded) == [1, 1] && comparison.values.map(\.found) == [2, nil])
    }

    @Test func `a number that is missing on either side is a difference`() {
        for (one, two) in [(Self.measured(1, .exact), []), ([], Self.measured(1, .exact))] {
            var comparison = ReplayComparison()
            comparison.compare(one, two, rung: 0)
            #expect(comparison.differences.count == 1)
        }
    }

    @Test func `a tolerance is for deterministic numbers, and not for bits of tensors`() {
        var comparison = ReplayComparison(tolerance: 0.01)
        comparison.compare(Self.measured(0.5, .deterministic), Self.measured(0.505, .deterministic), rung: 0)
        comparison.compare(Self.measured(200, .deterministic), Self.measured(201, .deterministic), rung: 0)
        var (one, two) = (TrainingTrace(), TrainingTrace())
        one.add(loss: 1, gradientNorm: 1)
        two.add(loss: 2, gradientNorm: 1)
        comparison.compare(one, two, rung: 0)
        comparison.compareArtifact("aa", "bb")
        #expect(comparison.differences.isEmpty)
        comparison.compare(Self.measured(0.5, .deterministic), Self.measured(0.52, .deterministic), rung: 0)
        comparison.compare(Self.measured(5, .exact), Self.measured(5.001, .exact), rung: 0)
        #expect(comparison.differences.count == 2)
    }

    @Test func `steps, measurements and tensors are named in their order`() {
        var (recorded, found) = (TrainingTrace(), TrainingTrace())
        for step in 1...9 {
            recorded.add(loss: 1, gradientNorm: 1)
            found.add(loss: step == 4 ? 1.5 : 1, gradientNorm: 1)
        }
        var comparison = ReplayComparison()
        comparison.compare(recorded, found, rung: 0)
        comparison.compare(Self.measured(1, .exact), Self.measured(2, .exact), rung: 0)
        comparison.compareArtifact("aa", "bb")
        #expect(comparison.differences.map(\.quantity) == [.step, .measurement, .artifact])
        #expect(comparison.differences[0].name == "4")
        #expect(comparison.steps == 9)
        #expect(comparison.differences[1].text == "measurement value at rung 0: recorded 1, found 2")
    }

    @Test func `of a failure reason and first line count, not the log`() {
        var comparison = ReplayComparison()
        let recorded = TrialFailure(.diverged, "the loss of step 3 of 9 is not finite\nlog at 12:03")
        comparison.compareFailure(
            recorded, TrialFailure(.diverged, "the loss of step 3 of 9 is not finite\nlog at 12:04"))
        #expect(comparison.differences.isEmpty)
        comparison.compareFailure(recorded, TrialFailure(.diverged, "the loss of step 4 of 9 is not finite"))
        comparison.compareFailure(recorded, nil)
        #expect(
            comparison.differences.map(\.found) == ["diverged: the loss of step 4 of 9 is not finite", nil])
    }

    @Test func `a compute class reads back, and its parts are compared in order`() throws {
        let one = ComputeClass(
            instructionSet: "x86_64-avx512", numerics: "bf16", engine: "native-5", blas: "onednn-1+openblas-2"
        )
        #expect(ComputeClass(one.description) == one)
        var two = one
        two.blas = "openblas-3"
        two.instructionSet = "x86_64-avx2"
        let differences = one.differences(from: two)
        #expect(differences.map(\.part) == ["instruction set", "libraries"])
        #expect(differences[0].this == "x86_64-avx512" && differences[0].other == "x86_64-avx2")
        #expect(one.differences(from: one).isEmpty)
        for text in ["command", "", "a/b/c", "a/b/c/d/e", "a//c/d"] { #expect(ComputeClass(text) == nil) }
    }
}
