import Experiments

extension SeededGenerator {
    /// The stream for one purpose in a pass of a step, both counted from 0.
    init(seed: UInt64, purpose: String, step: Int, pass: Int) {
        if pass == 0 {
            self.init(seed: seed, purpose: purpose, UInt64(step))
        } else {
            self.init(seed: seed, purpose: purpose, UInt64(step), UInt64(pass))
        }
    }
}
