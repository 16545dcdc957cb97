import Experiments

extension StoreCall {
    /// The fencing token of a controller's write.
    var epoch: Int? {
        switch self {
        case .propose(_, _, let epoch), .promote(_, _, let epoch), .derive(_, _, let epoch),
            .stop(_, _, let epoch), .cut(_, _, _, let epoch), .append(_, _, let epoch),
            .requestReplicates(_, _, let epoch), .requestTests(_, _, let epoch),
            .setState(_, _, let epoch):
            epoch
        default: nil
        }
    }

    /// The fencing token of a worker's write.
    var token: WorkToken? {
        switch self {
        case .renew(let token, _, _), .finish(let token, _), .finishAndClaim(let token, _, _),
            .fail(let token, _), .giveBack(let token):
            token
        default: nil
        }
    }

    /// Whether it is made once or twice in a study or in a controller's life, so
    /// that faults have to look for it.
    var isRare: Bool {
        switch self {
        case .control(_, nil, _, _), .cut, .stop, .requestTests, .requestReplicates, .setState: true
        default: false
        }
    }

    /// What it does, without its values.
    public var name: String { String(String(describing: self).prefix { $0 != "(" }) }
}
