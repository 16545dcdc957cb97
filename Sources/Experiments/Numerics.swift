/// How the large products of training compute. What enters the front is
/// measured in float32 in any case.
public enum Numerics: String, Sendable, Hashable, CaseIterable {
    /// Factors rounded to bfloat16, sums in float32 (Kalamkar et al. 2019,
    /// arXiv 1905.12322).
    case bf16
    case float32
}
