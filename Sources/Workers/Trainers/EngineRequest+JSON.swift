public import Experiments

extension EngineRequest {
    /// The one JSON object that an engine reads.
    public var json: JSON {
        var members: [String: JSON] = [
            "purpose": .string(purpose.rawValue),
            "study": study.json,
            "trial": [
                "number": .integer(trial), "attempt": .integer(attempt), "seed": Self.json(seed),
                "rung": .integer(rung), "configuration": configuration,
            ],
            "workdir": .string(workFolder),
            "budget": .number(budget),
            "validation_limit": validationLimit.map(JSON.integer) ?? .null,
            "resume": .bool(resumes),
            "artifact_folder": .string(artifactFolder),
            "finished_folder": .string(finishedFolder), "states_folder": .string(statesFolder),
            "artifact": JSON(artifact),
        ]
        if let origin {
            members["origin"] = [
                "configuration": origin.configuration, "artifact": JSON(origin.artifact),
            ]
        }
        return .object(members)
    }

    /// Reads what `json` wrote; throws an `InputError` that names the member.
    public init(json: JSON, subject: String = "engine request") throws(InputError) {
        func required<Value>(_ value: Value?, _ key: String) throws(InputError) -> Value {
            guard let value else {
                throw InputError(subject, key: key, reason: "is missing or of another type")
            }
            return value
        }
        let trial = try required(json["trial"], "trial")
        self.init(
            purpose: try required(json["purpose"]?.string.flatMap(WorkPurpose.init), "purpose"),
            study: try Study(json: try required(json["study"], "study"), subject: subject),
            trial: try required(trial["number"]?.integer, "trial.number"),
            attempt: try required(trial["attempt"]?.integer, "trial.attempt"),
            seed: try required(trial["seed"].flatMap(Self.seed), "trial.seed"),
            rung: try required(trial["rung"]?.integer, "trial.rung"),
            configuration: try required(trial["configuration"], "trial.configuration"),
            workFolder: try required(json["workdir"]?.string, "workdir"),
            budget: try required(json["budget"]?.number, "budget"),
            validationLimit: json["validation_limit"]?.integer,
            resumes: try required(json["resume"]?.bool, "resume"),
            artifactFolder: try required(json["artifact_folder"]?.string, "artifact_folder"),
            finishedFolder: try required(json["finished_folder"]?.string, "finished_folder"),
            statesFolder: try required(json["states_folder"]?.string, "states_folder"),
            artifact: json["artifact"]?.string, origin: json["origin"].flatMap(Self.origin))
    }

    private static func origin(_ json: JSON) -> TensorOrigin? {
        json["configuration"].map { TensorOrigin(configuration: $0, artifact: json["artifact"]?.string) }
    }

    /// A number as long as every reader of JSON keeps it exact, else its
    /// decimal digits in a string.
    private static func json(_ seed: UInt64) -> JSON {
        if let number = Int(exactly: seed), number <= 1 << 53 {
            .integer(number)
        } else {
            .string(String(seed))
        }
    }

    private static func seed(_ json: JSON) -> UInt64? {
        json.integer.flatMap { UInt64(exactly: $0) } ?? json.string.flatMap { UInt64($0) }
    }
}
