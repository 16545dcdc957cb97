/// Virtual time in 64ths of a second: exact in the doubles of the model, in
/// the microseconds of PostgreSQL and in `Duration`, so that both stores see
/// the same instants; and coarse enough for things to happen at once.
typealias Ticks = Int

extension Ticks {
    static let perSecond = 64

    /// The next whole number of ticks.
    static func covering(_ duration: Duration) -> Ticks {
        Ticks((duration / .microseconds(15_625)).rounded(.up))
    }

    static func seconds(_ seconds: Double) -> Ticks { Ticks((seconds * Double(perSecond)).rounded()) }

    var duration: Duration { .microseconds(15_625) * self }
    var inSeconds: Double { Double(self) / Double(Ticks.perSecond) }
}
