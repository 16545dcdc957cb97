/// The rules by which hidden states of frozen lower layers are kept
/// (docs/decisions/0008).
public enum KeptStates {
    /// Bytes of one split's states below one layer; where there are more, every
    /// pass computes them anew: 1 GiB.
    public static let largestSplit = 1 << 30
    /// Bytes of all that are kept on a machine: 8 GiB.
    public static let budget = 8 << 30

    /// Whether so many rows of states are kept.
    public static func areKept(rows: Int, hidden: Int) -> Bool {
        let (bytes, isTooLarge) = rows.multipliedReportingOverflow(by: 4 * hidden)
        return !isTooLarge && bytes <= largestSplit
    }
}
