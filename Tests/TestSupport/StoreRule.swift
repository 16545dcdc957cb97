/// One rule of the store that a mutant leaves out, so that a check can show
/// that it would be missed. None is left out anywhere else.
public enum StoreRule: String, Sendable, Hashable, CaseIterable {
    // Of workers.
    case claimsOnlyReadyWork
    case claimsCountTheAttempt
    case repeatedClaimsFindTheirLease
    case renewalsCheckTheAttempt
    case reportsAreFenced
    case finishesCheckTheAttempt
    case failuresCheckTheAttempt
    case returnsCheckTheAttempt
    case repeatedFinishesChangeNothing
    case firstMeasurementsAreFinal
    case endsTakeTheLeaseAway
    // Of leases and limits.
    case leasesRunOut
    case expiryIsCheckedAgain
    case leasesOutlastRestarts
    case lossesAndCrashesCountApart
    case lossesAreNoCrashes
    case lossesNeedWitnesses
    case returnsAreFree
    case failuresBackOff
    // Of controllers.
    case epochsGrow
    case controlIsExclusive
    case repeatedControlKeepsItsEpoch
    case proposalsCheckTheEpoch
    case promotionsCheckTheEpoch
    case derivationsCheckTheEpoch
    case stopsCheckTheEpoch
    case cutsCheckTheEpoch
    case frontsCheckTheEpoch
    case replicatesCheckTheEpoch
    case testsCheckTheEpoch
    case statesCheckTheEpoch
    case statesGoForward
    case repeatedProposalsChangeNothing
    case repeatedPromotionsChangeNothing
    case repeatedFrontsChangeNothing
    // Of people.
    case claimsSkipPausedStudies
    case stopsFenceTheController
    case drainedWorkersClaimNothing
}

/// All rules but the one that a mutant leaves out.
struct StoreRules: Sendable {
    var mutant: StoreRule?

    func obey(_ rule: StoreRule) -> Bool { rule != mutant }
}
