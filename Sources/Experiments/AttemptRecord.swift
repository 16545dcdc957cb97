/// What a finished attempt was made with and what it left, beyond its
/// measurements: by this a replay says where it parts from the record.
public struct AttemptRecord: Sendable, Hashable {
    /// The worker's version of this program: `0.1.0`.
    public var program: String
    /// Of the training; nil where a command decides by itself.
    public var threads: Int?
    /// SHA-256 of the study's identity, the seed and the configuration, as the
    /// attempt got them.
    public var inputs: String
    /// See `ComputeClass`, or what a command says of itself.
    public var computeClass: String
    /// SHA-256 of the trained tensors' file, where the engine keeps one.
    public var artifact: String?
    /// The course of the training from its first step; nil of a command.
    public var trace: TrainingTrace?

    /// A record as given.
    public init(
        program: String, threads: Int?, inputs: String, computeClass: String, artifact: String? = nil,
        trace: TrainingTrace? = nil
    ) {
        self.program = program
        self.threads = threads
        self.inputs = inputs
        self.computeClass = computeClass
        self.artifact = artifact
        self.trace = trace
    }

    /// The hash of what an attempt gets. Where files lie is no part of it.
    public static func inputs(study: Study, seed: UInt64, configuration: JSON) -> String {
        ContentHash.sha256(
            of: [
                "study": .string(study.identityHash), "seed": .string(String(seed)),
                "configuration": configuration,
            ])
    }
}

extension AttemptRecord {
    /// As it is stored.
    public var json: JSON {
        [
            "program": .string(program), "threads": threads.map(JSON.integer) ?? .null,
            "inputs": .string(inputs), "compute_class": .string(computeClass), "artifact": JSON(artifact),
            "trace": trace?.json ?? .null,
        ]
    }

    /// Reads what `json` wrote; nil for anything else.
    public init?(json: JSON) {
        guard let program = json["program"]?.string, let inputs = json["inputs"]?.string,
            let computeClass = json["compute_class"]?.string
        else { return nil }
        self.init(
            program: program, threads: json["threads"]?.integer, inputs: inputs, computeClass: computeClass,
            artifact: json["artifact"]?.string, trace: json["trace"].flatMap(TrainingTrace.init))
    }
}
