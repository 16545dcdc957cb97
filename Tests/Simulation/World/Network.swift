import Experiments

/// What lies between a process and the store.
///
/// As with a real connection a call may be lost before it arrives, its reply
/// may be lost after it took effect, and the client may have given up on a
/// call that arrives all the same, after its own repeat perhaps.
final class Network {
    /// How often what happens to a call.
    struct Trouble {
        var lost = 0.0
        var unanswered = 0.0
        var late = 0.0
        var slow = 0.0

        static let none = Trouble()
    }

    unowned let world: World
    private let store: SimulatedServer
    private var chance: SeededGenerator
    var trouble = Trouble.none
    /// How long a call is under way that is held up; nil for the others.
    var holdUp: ((StoreCall, SimulatedProcess) -> Ticks?)?
    private(set) var counts = FaultCounts()

    init(_ world: World, _ store: SimulatedServer, seed: UInt64) {
        self.world = world
        self.store = store
        chance = SeededGenerator(seed: seed, purpose: "network")
    }

    func carry(
        _ call: StoreCall, from process: SimulatedProcess, reply: @escaping (StoreAnswer?) -> Void
    ) {
        if let length = holdUp?(call, process) {
            return world.after(length) { [self] in deliver(call, of: process) { reply($0) } }
        }
        let fate = chance.uniform() / (call.isRare ? 4 : 1)
        let way = delay()
        let limit = trouble.lost
        if fate < limit {
            counts.add(.lostCall)
            return world.after(way) { reply(nil) }
        }
        let isUnanswered = fate < limit + trouble.unanswered
        let isLate = !isUnanswered && fate < limit + trouble.unanswered + trouble.late
        if isUnanswered { counts.add(.lostReply) }
        if isLate {
            counts.add(.lateCall)
            world.after(way) { reply(nil) }
        }
        let back = delay()
        world.after(isLate ? way + chance.index(below: 20 * .perSecond) : way) { [self] in
            deliver(call, of: process) { [self] answer in
                if !isLate { world.after(back) { reply(isUnanswered ? nil : answer) } }
            }
        }
    }

    private func deliver(
        _ call: StoreCall, of process: SimulatedProcess, reply: @escaping (StoreAnswer?) -> Void
    ) {
        guard store.isUp, !process.isCutOff else {
            // A cut line answers nothing, which the client's deadline ends.
            return world.after(store.isUp ? 5 * .perSecond : 1) { reply(nil) }
        }
        store.take(call, from: process) { reply($0) }
    }

    private func delay() -> Ticks {
        if chance.uniform() < trouble.slow {
            counts.add(.slowCall)
            return chance.index(below: 8 * .perSecond)
        }
        return chance.index(below: 3)
    }
}
