import Experiments
import Foundation
import TestSupport

/// Reads along what is asked of the store and what it answers, and says where
/// an answer does not follow from those before: the rules of fencing, written
/// once more, from the outside.
struct HistoryChecker {
    /// The first one.
    private(set) var violation: String?
    /// Accepted claims.
    private(set) var attempts = 0

    private struct Holder {
        var token: WorkToken
        var expires: Double
        var seconds: Double
    }

    /// By unit of work.
    private var holders: [WorkToken: Holder] = [:]
    private var finished: Set<WorkToken> = []
    /// By trial.
    private var newest: [Int: Int] = [:]
    private var endings: [WorkToken: String] = [:]
    /// Steps that were accepted.
    private var reports: [WorkToken: Set<Int>] = [:]
    /// When a unit may be tried again.
    private var available: [WorkToken: Double] = [:]
    private var failures: [WorkToken: Int] = [:]
    /// By the mark of the request that was granted.
    private var claims: [UUID: WorkToken] = [:]
    private var epoch = 0
    private var controlExpires = -Double.infinity
    private var controls: [UInt64: Int] = [:]
    private var startedAt = -Double.infinity
    private var isPaused = false
    private var isStopped = false
    private var drained: Set<WorkerID> = []
    private var state = StudyState.running

    mutating func noteStart(at time: Ticks) { startedAt = time.inSeconds }

    mutating func observe(_ call: StoreCall, _ answer: StoreAnswer, at time: Ticks, in model: StoreModel) {
        let now = time.inSeconds
        expect(answer != .refused, "\(call.name) was refused")
        switch call {
        case .claim(let request):
            if case .claim(let claim?) = answer { note(claim.token, for: request, at: now) }
        case .control(_, let held, let seconds, let mark):
            if case .epoch(let granted) = answer { note(granted, held, seconds, mark: mark, at: now) }
        case .renew(let token, let seconds, let steps):
            judge(token, answer, ending: nil, call.name)
            if answer == .done, holders[token.unit]?.token == token {
                holders[token.unit] = Holder(token: token, expires: now + seconds, seconds: seconds)
                reports[token, default: []].formUnion(steps.map(\.step))
            }
        case .finish(let token, _): end(token, answer, "finished", at: now)
        case .finishAndClaim(let token, _, let request):
            guard case .claim(let claim) = answer else {
                end(token, answer, "finished", at: now)
                break
            }
            end(token, .done, "finished", at: now)
            if let claim { note(claim.token, for: request, at: now) }
        case .fail(let token, let failure): end(token, answer, failure.reason.rawValue, at: now)
        case .giveBack(let token): end(token, answer, "given_back", at: now)
        case .pause: isPaused = state != .complete
        case .resume, .stopStudy: note(call)
        case .drain(let worker): drained.insert(worker)
        default: break
        }
        if let epoch = call.epoch {
            expect(
                (answer == .fenced) == (epoch != self.epoch), "\(call.name) of epoch \(epoch): \(answer.word)"
            )
        }
        lookForLosses(in: model, at: now)
        guard let stored = model.study(named: "simulated") else { return }
        let before = state
        expect(
            stored.state >= before,
            "\(call.name) led from \(before.rawValue) back to \(stored.state.rawValue)")
        (state, isStopped) = (stored.state, stored.cut?.reason.isByHand == true)
    }

    /// A person's word: whoever decides is fenced, and so is who trains what is
    /// cancelled.
    private mutating func note(_ operation: StoreCall) {
        guard case .stopStudy(_, let isAtOnce) = operation else {
            isPaused = false
            guard isStopped else { return }
            // The search goes on.
            state = .running
            return (epoch, controlExpires) = (epoch + 1, -.infinity)
        }
        (epoch, controlExpires) = (epoch + 1, -.infinity)
        guard state == .running else { return }
        isPaused = false
        for (unit, holder) in holders where isAtOnce && unit.purpose == .train {
            holders[unit] = nil
            endings[holder.token] = "cancelled"
        }
    }

    private mutating func note(_ token: WorkToken, for request: ClaimRequest, at now: Double) {
        let holder = holders[token.unit]
        let lent = Holder(
            token: token, expires: now + request.leaseSeconds, seconds: request.leaseSeconds)
        if let before = claims[request.mark], before == token, holder?.token == token {
            holders[token.unit] = lent
            return
        }
        if let before = claims[request.mark] {
            expect(holders[before.unit]?.token != before, "a repeated claim got other work than at first")
        }
        claims[request.mark] = token
        attempts += 1
        expect(!isPaused, "\(token.text) was claimed while the study was paused")
        expect(!drained.contains(request.worker), "\(token.text) was claimed by a drained worker")
        expect(holder == nil, "\(token.text) was claimed while attempt \(holder?.token.attempt ?? 0) held it")
        expect(!finished.contains(token.unit), "\(token.text) was claimed after it was finished")
        expect(token.attempt > newest[token.trial] ?? 0, "\(token.text) was handed out before")
        expect(now >= available[token.unit] ?? now, "\(token.text) was claimed before its back-off was over")
        newest[token.trial] = token.attempt
        holders[token.unit] = lent
    }

    /// A worker's write is taken exactly if its attempt runs, or repeats what
    /// it did.
    private mutating func judge(
        _ token: WorkToken, _ answer: StoreAnswer, ending: String?, _ name: String
    ) {
        let isHeld = holders[token.unit]?.token == token
        let isRepeat = ending != nil && endings[token] == ending
        expect(
            (answer == .done) == (isHeld || isRepeat),
            "\(name) by \(token.text), which \(isHeld ? "runs" : "no longer runs"): \(answer.word)")
    }

    private mutating func end(_ token: WorkToken, _ answer: StoreAnswer, _ ending: String, at now: Double) {
        judge(token, answer, ending: ending, ending)
        guard answer == .done, holders[token.unit]?.token == token else { return }
        holders[token.unit] = nil
        endings[token] = ending
        if ending == "finished" {
            expect(finished.insert(token.unit).inserted, "\(token.text) was finished twice")
        } else if ending == "crashed" {
            failures[token.unit, default: 0] += 1
            available[token.unit] = now + Double(1 << (failures[token.unit, default: 1] - 1))
        }
    }

    private mutating func note(
        _ granted: Int?, _ held: Int?, _ seconds: Double, mark: UInt64, at now: Double
    ) {
        let ruling = epoch
        if let held {
            expect(
                granted == (held == ruling ? held : nil), "epoch \(held) was renewed while \(ruling) rules")
        } else if let granted, let before = controls[mark] {
            expect(granted == before || before != epoch, "a repeated call took another epoch")
        } else if granted == nil {
            expect(controlExpires >= now, "nobody controls the study, and nobody may")
        } else {
            expect(controlExpires < now, "epoch \(granted ?? 0) began while \(ruling) held the study")
            expect(granted ?? 0 > epoch, "a new controller got the epoch of another")
        }
        guard let granted else { return }
        if held == nil { controls[mark] = granted }
        epoch = granted
        controlExpires = now + seconds
    }

    /// What ended without a word of its holder has ended because its lease ran
    /// out, and no earlier.
    private mutating func lookForLosses(in model: StoreModel, at now: Double) {
        for (unit, holder) in holders where !model.runs(holder.token) {
            let expiry = max(holder.expires, startedAt + holder.seconds)
            expect(expiry < now, "\(holder.token.text) was lost while its lease held")
            holders[unit] = nil
            endings[holder.token] = "lost"
        }
    }

    /// Where the attempts that are stored in the end are not those that were
    /// answered well.
    func difference(from attempts: [Attempt], at trial: Int, of study: StudyID) -> String? {
        for attempt in attempts {
            let token = WorkToken(
                study: study, trial: trial, rung: attempt.rung, purpose: attempt.purpose,
                attempt: attempt.number)
            if attempt.outcome != endings[token] {
                return "\(token.text) is stored as \(attempt.outcome), and was \(endings[token] ?? "running")"
            }
            let accepted = (reports[token] ?? []).sorted()
            if attempt.reports.map(\.step) != accepted {
                return
                    "\(token.text) has reports of \(attempt.reports.map(\.step)); \(accepted) were accepted"
            }
        }
        return nil
    }

    private mutating func expect(_ condition: Bool, _ reason: @autoclosure () -> String) {
        if !condition, violation == nil { violation = reason() }
    }
}

extension WorkToken {
    /// The unit of work, whoever runs it.
    fileprivate var unit: WorkToken {
        WorkToken(study: study, trial: trial, rung: rung, purpose: purpose, attempt: 0)
    }

    fileprivate var text: String {
        "attempt \(attempt) at trial \(trial), rung \(rung), \(purpose.rawValue)"
    }
}

extension StoreAnswer {
    fileprivate var word: String {
        switch self {
        case .fenced: "fenced"
        case .refused: "refused"
        default: "taken"
        }
    }
}
