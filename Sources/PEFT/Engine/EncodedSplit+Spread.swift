extension EncodedSplit {
    /// The indices of up to `limit` examples, spread over the split, ascending.
    func spread(_ limit: Int) -> [Int] {
        let chosen = min(max(limit, 0), count)
        return (0..<chosen).map { $0 * count / chosen }
    }
}
