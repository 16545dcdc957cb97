public import Experiments
import PEFT

/// How a worker works. Nothing here changes a trial's result, but `budget` and
/// `validationLimit`, which are for runs that measure the machine.
public struct WorkerSettings: Sendable, Hashable {
    /// Trials that run side by side, at least 1.
    public var slots: Int
    /// What people call the worker; nil is the host's name.
    public var name: String?
    /// The study to work for; nil is any.
    public var study: StudyID?
    /// After how long without anything to do it ends; nil is never.
    public var idleLimit: Duration?
    /// Where trials have their folders (`work/`) and artifacts theirs
    /// (`artifacts/`).
    public var dataFolder: String
    /// Where artifacts of finished trials are looked for that a configuration
    /// names.
    public var finishedFolder: String
    /// Where hidden states of frozen layers are kept, for all trials.
    public var statesFolder: String
    /// Folders below which inputs are looked for that do not lie where a study
    /// recorded them; see `InputFolders`.
    public var inputFolders: [String]
    /// Whether inputs are copied into the data folder (`inputs/`) and read there.
    public var cachesInputs: Bool
    /// The share of each trial's steps that are run, in (0, 1].
    public var budget: Double
    /// The most validation examples that a native trial is measured on; nil is
    /// all of them.
    public var validationLimit: Int?
    /// Of the engine in the slots' program: trials of studies that another one
    /// resolved are given back.
    public var nativeVersion: Int
    /// The version of this program, which attempts keep with their record.
    public var program: String
    /// The part of the compute class that does not depend on a study.
    public var computeClass: String
    /// How long a claim holds without a renewal. It is renewed at a third.
    public var leaseSeconds: Double
    public var patience: Patience
    /// What an attempt's processes may take of the machine.
    public var limits: TrialLimits
    /// Free bytes of the data folder's disk below which nothing is claimed.
    public var diskFloor: Double
    /// How long an idle slot waits before it asks again, in seconds; a random
    /// time in this range, so that slots do not ask in step.
    public var pollingSeconds: ClosedRange<Double>
    /// Between two words to the store that the worker lives, in seconds.
    public var checkInSeconds: Double
    /// Of the random waits alone.
    public var seed: UInt64
    /// What children inherit, less what is secret.
    public var environment: [String: String]
    public var commands: HiddenCommands

    public init(
        slots: Int, name: String? = nil, study: StudyID? = nil, idleLimit: Duration? = nil,
        dataFolder: String, finishedFolder: String? = nil,
        statesFolder: String? = nil,
        inputFolders: [String] = [], cachesInputs: Bool = false,
        budget: Double = 1, validationLimit: Int? = nil, nativeVersion: Int? = nil, program: String = "",
        computeClass: String = "",
        leaseSeconds: Double = 30, patience: Patience = Patience(),
        limits: TrialLimits = TrialLimits(), diskFloor: Double = 0,
        pollingSeconds: ClosedRange<Double> = 0.2...1, checkInSeconds: Double = 5, seed: UInt64 = 0,
        environment: [String: String], commands: HiddenCommands = HiddenCommands()
    ) {
        self.slots = slots
        self.name = name
        self.study = study
        self.idleLimit = idleLimit
        self.dataFolder = dataFolder
        self.finishedFolder = finishedFolder ?? "\(dataFolder)/artifacts"
        self.statesFolder = statesFolder ?? "\(dataFolder)/states"
        self.inputFolders = inputFolders
        self.cachesInputs = cachesInputs
        self.budget = budget
        self.validationLimit = validationLimit
        self.nativeVersion = nativeVersion ?? NativeEngine.version
        self.program = program
        self.leaseSeconds = leaseSeconds
        self.patience = patience
        self.limits = limits
        self.diskFloor = diskFloor
        self.pollingSeconds = pollingSeconds
        self.checkInSeconds = checkInSeconds
        self.computeClass = computeClass
        self.seed = seed
        self.environment = environment
        self.commands = commands
    }
}
