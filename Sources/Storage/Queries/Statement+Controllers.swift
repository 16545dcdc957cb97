extension Statement {
    /// `$1` study, `$2` epoch or null, `$3` seconds, `$4` the call's own mark.
    static let takeControl = Statement("take_control", "SELECT take_control($1, $2, $3, $4) AS epoch")

    /// `$1` study, `$2` epoch, `$3` trials.
    static let propose = Statement("propose", "SELECT propose($1, $2, $3)")

    /// `$1` study, `$2` epoch, `$3` promotions.
    static let promote = Statement("promote", "SELECT promote($1, $2, $3)")

    /// `$1` study, `$2` epoch, `$3` trials.
    static let derive = Statement("derive", "SELECT derive($1, $2, $3)")

    /// `$1` study, `$2` epoch, `$3` trial numbers.
    static let stopTrials = Statement("stop_trials", "SELECT stop_trials($1, $2, $3)")

    /// `$1` study, `$2` epoch, `$3` replicates.
    static let requestReplicates = Statement("request_replicates", "SELECT request_replicates($1, $2, $3)")

    /// `$1` study, `$2` epoch, `$3` trial numbers.
    static let requestTests = Statement("request_tests", "SELECT request_tests($1, $2, $3)")

    static let expireLeases = Statement("expire_leases", "SELECT expire_leases() AS ended")
}
