import Experiments

/// What a seed makes of a simulation. All of it follows from the seed, and is
/// printed with it when a rule breaks.
public struct SimulationOptions: Sendable, CustomStringConvertible {
    /// See `SimulatedStudies`.
    public var study: String
    /// Places in which trials run side by side.
    public var slots: Int
    public var slotsPerWorker: Int
    /// Of a worker's claim, in seconds.
    public var leaseSeconds: Double
    /// Of a controller's.
    public var controlSeconds: Double
    /// Between two looks of an idle controller, in seconds.
    public var pollSeconds: Double
    /// How far clocks may be from the store's, in seconds.
    public var clockError: Double
    /// Nil for a study that nothing disturbs.
    public var storm: Storm?

    /// What goes wrong, for how long, and how often. It is over half a minute
    /// after the study's completion at the latest.
    public struct Storm: Sendable {
        public var seconds: Double
        /// Between two strikes on average, in seconds.
        public var interval: Double
        public var lostCalls: Double
        public var slowCalls: Double
        /// Of the attempts at trials that are not poison.
        public var trainerCrashes: Double
        /// Whether there is one worker, that is paused again and again in the
        /// middle of long trials: nobody else sees them being lost.
        public var hasLoneWitness: Bool
        /// What a person does to the study, beside pausing it.
        public var stop = Stop.never
    }

    /// Whether a person stops the study, and takes that back.
    public enum Stop: String, Sendable {
        case never, inOrder, atOnce, takenBack
    }

    /// Drawn from a seed.
    public init(seed: UInt64) {
        var chance = SeededGenerator(seed: seed, purpose: "options")
        let studies = SimulatedStudies.names
        study = studies[chance.index(below: studies.count)]
        slots = [1, 2, 7, 12][chance.index(below: 4)]
        slotsPerWorker = 1 + chance.index(below: 3)
        leaseSeconds = [6, 9, 15][chance.index(below: 3)]
        controlSeconds = [6, 12][chance.index(below: 2)]
        pollSeconds = [0.25, 1][chance.index(below: 2)]
        clockError = chance.uniform() < 0.5 ? 86_400 : 0
        let hasLoneWitness = chance.uniform() < 0.08
        if hasLoneWitness { (slots, slotsPerWorker, leaseSeconds) = (1, 1, 6) }
        let isCalm = chance.uniform() < 0.08
        storm = Storm(
            seconds: 20 + 160 * chance.uniform(), interval: 1 + 4 * chance.uniform(),
            lostCalls: 0.08 * chance.uniform(), slowCalls: 0.02 * chance.uniform(),
            trainerCrashes: 0.1 * chance.uniform(), hasLoneWitness: hasLoneWitness)
        // The calls at a study's end are few: let storms last for them.
        if chance.uniform() < 0.4 { storm?.seconds = 600 }
        if hasLoneWitness { storm?.seconds = 240 }
        let fate = chance.uniform()
        storm?.stop = fate < 0.08 ? .inOrder : fate < 0.12 ? .atOnce : fate < 0.2 ? .takenBack : .never
        if isCalm { storm = nil }
    }

    /// A study that nothing disturbs.
    public init(undisturbed study: String, slots: Int, leaseSeconds: Double = 9) {
        (self.study, self.slots, slotsPerWorker, self.leaseSeconds) = (study, slots, 1, leaseSeconds)
        (controlSeconds, pollSeconds, clockError) = (6, 0.25, 0)
    }

    public var description: String {
        var text = "study '\(study)', \(slots) slots in workers of \(slotsPerWorker), leases of "
        text += "\(leaseSeconds) s and \(controlSeconds) s, looks every \(pollSeconds) s, "
        text += "clocks off by up to \(clockError) s"
        guard let storm else { return text + ", undisturbed" }
        text += ", a storm of \(storm.seconds) s with a strike every \(storm.interval) s, "
        text += "\(storm.lostCalls) of calls lost, \(storm.slowCalls) slow, "
        text += "\(storm.trainerCrashes) of trainers crashing, stopped: \(storm.stop.rawValue)"
        return text + (storm.hasLoneWitness ? ", one lone witness" : "")
    }
}
