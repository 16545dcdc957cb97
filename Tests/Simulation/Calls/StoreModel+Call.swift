import Experiments
public import TestSupport

extension StoreModel {
    /// Makes a call.
    public mutating func answer(to call: StoreCall) -> StoreAnswer {
        do {
            return try perform(call)
        } catch StoreError.fenced {
            return .fenced
        } catch {
            return .refused
        }
    }

    private mutating func perform(_ call: StoreCall) throws -> StoreAnswer {
        switch call {
        case .register(let worker): return .worker(register(worker))
        case .checkIn(let worker, let isLeaving):
            return .drains(try checkIn(worker, isLeaving: isLeaving))
        case .claim(let request): return .claim(try claim(request))
        case .renew(let token, let seconds, let reports):
            try renew(token, leaseSeconds: seconds, reports: reports)
        case .finish(let token, let result): try finish(token, with: result)
        case .finishAndClaim(let token, let result, let request):
            return .claim(try finish(token, with: result, thenClaim: request))
        case .fail(let token, let failure): try fail(token, because: failure)
        case .giveBack(let token): try giveBack(token)
        case .create(let study): return .study(try create(study))
        case .study(let name): return .study(study(named: name))
        case .control(let study, let epoch, let seconds, let mark):
            return .epoch(try control(study, epoch: epoch, seconds: seconds, mark: mark))
        case .propose(let trials, let study, let epoch): try propose(trials, to: study, epoch: epoch)
        case .promote(let trials, let study, let epoch): try promote(trials, in: study, epoch: epoch)
        case .derive(let trials, let study, let epoch): try derive(trials, in: study, epoch: epoch)
        case .stop(let trials, let study, let epoch): try stop(trials, in: study, epoch: epoch)
        case .cut(let cut, let limits, let study, let epoch):
            try self.cut(study, at: cut, under: limits, epoch: epoch)
        case .append(let versions, let study, let epoch): try append(versions, to: study, epoch: epoch)
        case .requestReplicates(let replicates, let study, let epoch):
            try requestReplicates(replicates, in: study, epoch: epoch)
        case .requestTests(let trials, let study, let epoch):
            try requestTests(of: trials, in: study, epoch: epoch)
        case .setState(let state, let study, let epoch): try setState(state, of: study, epoch: epoch)
        case .drain(let worker): return .count(drain(worker))
        case .pause(let study): try pause(study)
        case .resume(let study): try resume(study)
        case .stopStudy(let study, let now): try stop(study, now: now)
        case .expireLeases: return .count(try expireLeases())
        case .trials(let study): return .trials(trials(of: study))
        case .frontVersions(let study): return .frontVersions(frontVersions(of: study))
        case .progress(let study): return .progress(progress(of: study))
        case .spending(let study): return .spending(spending(of: study))
        }
        return .done
    }
}
