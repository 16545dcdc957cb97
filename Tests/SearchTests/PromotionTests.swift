import Experiments
import Search
import Testing

struct PromotionTests {
    private static func promotion(
        _ losses: [[Double]], shares: [Double] = [1.0 / 3, 1]
    ) -> Promotion {
        var promotion = Promotion(shares: shares)
        for (number, point) in losses.enumerated() {
            promotion.add(RungResult(number: number, losses: point), at: 0)
        }
        return promotion
    }

    /// All that may go on now, in order.
    private static func all(_ promotion: inout Promotion) -> [[Int]] {
        var units: [[Int]] = []
        while let unit = promotion.next() {
            promotion.promote(unit)
            units.append([unit.trial, unit.rung])
        }
        return units
    }

    @Test func `a third goes on, the best first, and nobody before three were measured`() {
        var promotion = Promotion(shares: [1.0 / 3, 1])
        var counts: [Int] = []
        for number in 0..<9 {
            promotion.add(RungResult(number: number, losses: [Double(9 - number)]), at: 0)
            var copy = promotion
            counts.append(Self.all(&copy).count)
        }
        #expect(counts == [0, 0, 1, 1, 1, 2, 2, 2, 3])
        #expect(Self.all(&promotion) == [[8, 1], [7, 1], [6, 1]])
    }

    @Test func `who was not good enough may be later, when worse ones have come`() {
        var promotion = Self.promotion([[1], [2], [3]])
        #expect(Self.all(&promotion) == [[0, 1]])
        for number in 3..<6 { promotion.add(RungResult(number: number, losses: [9]), at: 0) }
        #expect(Self.all(&promotion) == [[1, 1]])
    }

    @Test func `a better newcomer waits for a place, and who went on before keeps his`() {
        var promotion = Self.promotion([[5], [6], [7]])
        #expect(Self.all(&promotion) == [[0, 1]])
        promotion.add(RungResult(number: 3, losses: [1]), at: 0)
        #expect(promotion.next() == nil)
        for number in 4..<6 { promotion.add(RungResult(number: number, losses: [9]), at: 0) }
        #expect(Self.all(&promotion) == [[3, 1]])
    }

    @Test func `however the results improve, no more than a third goes on`() {
        var promotion = Promotion(shares: [1.0 / 3, 1])
        var units: [[Int]] = []
        for number in 0..<30 {
            promotion.add(RungResult(number: number, losses: [Double(-number)]), at: 0)
            units += Self.all(&promotion)
        }
        #expect(units == (0..<10).map { [3 * $0 + 2, 1] })
    }

    @Test func `the highest rung comes first`() {
        var promotion = Self.promotion((0..<9).map { [Double($0)] }, shares: [1.0 / 9, 1.0 / 3, 1])
        for number in 0..<3 { promotion.promote(TrainingUnit(trial: number, rung: 1)) }
        for number in 0..<3 { promotion.add(RungResult(number: number, losses: [Double(-number)]), at: 1) }
        for number in 9..<12 { promotion.add(RungResult(number: number, losses: [50]), at: 0) }
        #expect(Self.all(&promotion) == [[2, 2], [3, 1]])
    }

    @Test func `a front is covered from its best quality to its ends and into its gaps`() {
        // Losses: quality made small, then parameters over four decades.
        let front = [[-0.9, 1e6], [-0.89, 9e5], [-0.8, 1e4], [-0.7, 1e3], [-0.5, 1e2]]
        var promotion = Self.promotion(front + (0..<10).map { [0, 1e7 + Double($0)] })
        #expect(Self.all(&promotion).map { $0[0] } == [0, 4, 2, 3, 1])
    }

    @Test func `who keeps the constraints comes first, then who breaks them least`() {
        var promotion = Promotion(shares: [0.5, 1])
        let results = [(0, 1.0, 0.5), (1, 9, 0), (2, 0, 0.1), (3, 8, 0), (4, 0, 3), (5, 0, 4)]
        for (number, loss, violation) in results {
            promotion.add(RungResult(number: number, losses: [loss], violation: violation), at: 0)
        }
        #expect(Self.all(&promotion).map { $0[0] } == [3, 1, 2])
    }

    @Test func `who is exempt goes on at once and takes nobody's place`() {
        var promotion = Promotion(shares: [1.0 / 3, 1])
        promotion.add(RungResult(number: 1, losses: [9]), at: 0, isExempt: true)
        promotion.add(RungResult(number: 0, losses: [1]), at: 0, isExempt: true)
        #expect(Self.all(&promotion) == [[0, 1], [1, 1]])
        for number in 2..<4 { promotion.add(RungResult(number: number, losses: [Double(number)]), at: 0) }
        #expect(promotion.next() == nil, "two are no third of anything")
        promotion.add(RungResult(number: 4, losses: [10]), at: 0)
        #expect(Self.all(&promotion) == [[2, 1]], "one of three, though trial 0 is better")
    }

    @Test func `what an exempt one does already comes later`() {
        // Losses: quality made small, then parameters.
        var promotion = Promotion(shares: [0.5, 1])
        promotion.add(RungResult(number: 0, losses: [-0.9, 1000]), at: 0, isExempt: true)
        for (number, losses) in [(1, [-0.89, 950]), (2, [-0.8, 500.0])] {
            promotion.add(RungResult(number: number, losses: losses), at: 0)
        }
        #expect(Self.all(&promotion) == [[0, 1], [2, 1]])
    }

    @Test func `a result that lacks an objective neither goes on nor counts`() {
        var promotion = Promotion(shares: [1.0 / 3, 1])
        for number in 0..<5 { promotion.add(RungResult(number: number, losses: nil), at: 0) }
        for number in 5..<7 { promotion.add(RungResult(number: number, losses: [1]), at: 0) }
        #expect(promotion.next() == nil)
    }

    @Test func `at the end the best of those that came farthest goes on, where nobody has finished`() {
        var promotion = Self.promotion([[3], [1], [2]], shares: [0.1, 0.3, 1])
        #expect(Self.all(&promotion) == [[1, 1]])
        #expect(promotion.lastResort() == TrainingUnit(trial: 2, rung: 1))
        promotion.add(RungResult(number: 1, losses: [5]), at: 1)
        #expect(promotion.lastResort() == TrainingUnit(trial: 1, rung: 2))
        promotion.promote(TrainingUnit(trial: 1, rung: 2))
        // It failed there.
        #expect(promotion.lastResort() == TrainingUnit(trial: 2, rung: 1))
        promotion.add(RungResult(number: 1, losses: [5]), at: 2)
        #expect(promotion.lastResort() == nil)
    }

    @Test func `without rungs nobody waits`() {
        var promotion = Self.promotion([[1], [2], [3]], shares: [1])
        #expect(promotion.next() == nil)
    }
}
