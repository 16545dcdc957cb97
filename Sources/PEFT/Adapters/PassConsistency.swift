/// Asks for a second pass in every step, whose outputs shall be like the
/// first's (AdaMix, Wang et al. 2022, arXiv 2205.12410, section 3.2).
final class PassConsistency: TrainingRegulator {
    let consistency: Double

    init(weight: Double) { consistency = weight }
}
