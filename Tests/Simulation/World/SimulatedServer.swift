import Experiments
import TestSupport

/// The store's server: the model, its clock, and the record of what was asked.
final class SimulatedServer {
    /// One entry of the history.
    enum Entry: Sendable {
        case call(StoreCall, StoreAnswer)
        case restart
    }

    unowned let world: World
    private(set) var model: StoreModel
    private(set) var history: [(time: Ticks, entry: Entry)] = []
    private(set) var isUp = true
    private(set) var checker = HistoryChecker()
    /// When a call last brought the study further.
    private(set) var lastProgress: Ticks = 0
    private let isRecording: Bool
    private let trace: (@Sendable (Double, StoreCall, StoreAnswer) -> Void)?
    private var chance: SeededGenerator

    /// When it records, every call is made in one step, so that it can be
    /// repeated on another store.
    init(_ world: World, _ simulation: Simulation) {
        self.world = world
        isRecording = simulation.isRecording
        trace = simulation.trace
        model = StoreModel(without: simulation.mutant)
        chance = SeededGenerator(seed: simulation.seed, purpose: "server")
    }

    /// Makes a call for nobody in particular.
    @discardableResult func answer(to call: StoreCall) -> StoreAnswer {
        model.advance(world.now.inSeconds - model.now)
        let answer = model.answer(to: call)
        note(call, answer)
        return answer
    }

    func take(_ call: StoreCall, from process: SimulatedProcess, reply: @escaping (StoreAnswer) -> Void) {
        guard call == .expireLeases, !isRecording else { return reply(answer(to: call)) }
        // Between its reading and its writing others may write.
        let expired = model.expired(at: world.now.inSeconds)
        world.after(chance.index(below: 3 * .perSecond)) { [self] in
            model.advance(world.now.inSeconds - model.now)
            let ended = (try? model.endLeases(expired)) ?? 0
            note(call, .count(ended))
            reply(.count(ended))
        }
    }

    func stop() { isUp = false }

    func start() {
        isUp = true
        model.advance(world.now.inSeconds - model.now)
        model.restart()
        checker.noteStart(at: world.now)
        if isRecording { history.append((world.now, .restart)) }
    }

    private func note(_ call: StoreCall, _ answer: StoreAnswer) {
        trace?(world.now.inSeconds, call, answer)
        checker.observe(call, answer, at: world.now, in: model)
        if isRecording { history.append((world.now, .call(call, answer))) }
        if call.bringsProgress(by: answer) { lastProgress = world.now }
    }
}

extension StoreCall {
    /// Whether a call that is answered so is a step of the study.
    fileprivate func bringsProgress(by answer: StoreAnswer) -> Bool {
        switch self {
        case .claim: answer != .fenced && answer != .claim(nil)
        case .finish, .finishAndClaim, .fail, .propose, .promote, .derive, .append, .requestTests,
            .requestReplicates, .setState, .renew:
            answer != .fenced
        default: false
        }
    }
}
