import Experiments
import StudyExamples
import Testing

@Suite struct StudyJSONTests {
    @Test func `a resolved study reads back as it was`() throws {
        let share = Study.example.changed {
            $0.task?.validation = .share(0.1)
            $0.task?.test = nil
            $0.data?.testExamples = nil
        }
        for study in [Study.example, .command, share] {
            let read = try Study(json: JSON.parse(study.json.canonicalText))
            #expect(read == study)
            #expect(read.identityHash == study.identityHash)
        }
    }

    @Test(arguments: ["model", "task"])
    func `a stored study without a path is refused, not read as one that cannot be stored`(key: String) throws
    {
        var study = try #require(Study.example.json.object)
        var part = try #require(study[key]?.object)
        if key == "model" { part["path"] = nil } else { part["train"] = ["sha256": "cc"] }
        study[key] = .object(part)
        #expect(throws: InputError.self) { try Study(json: .object(study)) }
    }

    @Test func `the shape of a model says what is not as in BERT, and only that`() throws {
        let bert = Study.example
        let members = try #require(bert.json["model"]?["shape"]?.object)
        #expect(members["embedding"] == nil && members["position_offset"] == nil)
        let electra = bert.changed {
            $0.model?.shape.embedding = 8
            $0.model?.shape.positionOffset = 2
            $0.model?.shape.tokenTypes = 0
        }
        let read = try Study(json: JSON.parse(electra.json.canonicalText))
        #expect(read == electra && read.identityHash != bert.identityHash)
        #expect(read.model?.shape.longestSequence == 38)
    }

    @Test func `where files lie and how large the budget is do not change the identity`() {
        let elsewhere = Study.example.changed {
            $0.directory = "/other"
            $0.model?.path = "x"
            $0.task?.train.path = "y"
            $0.task?.validation = .file(DataFile(path: "z", sha256: "dd"))
            $0.task?.test?.path = "w"
            $0.search.trials = 1000
        }
        #expect(elsewhere.identityHash == Study.example.identityHash)
        #expect(elsewhere.differences(from: .example) == [])
    }

    struct Change: CustomTestStringConvertible {
        /// The line that tells it.
        let testDescription: String
        let make: @Sendable (inout Study) -> Void

        init(_ line: String, _ make: @escaping @Sendable (inout Study) -> Void) {
            testDescription = line
            self.make = make
        }
    }

    static let changes = [
        Change("seed: was 7, is 8") { $0.seed = 8 },
        Change(#"search.strategy: was "nsga2", is "random""#) { $0.search.strategy = "random" },
        Change("search.version: was 1, is 2") { $0.search.version = 2 },
        Change("search.parallelism: was 4, is 1") { $0.search.parallelism = 1 },
        Change(#"task.train.sha256: was "cc", is "ff""#) { $0.task?.train.sha256 = "ff" },
        Change(#"task.validation.sha256: was "dd", is "x""#) {
            $0.task?.validation = .file(DataFile(path: "", sha256: "x"))
        },
        Change(#"model.files.vocab.txt: was nothing, is "q""#) { $0.model?.files["vocab.txt"] = "q" },
        Change("objectives: was a list of 2, is a list of 1") { $0.objectives.removeLast() },
        Change("engine.native: was 1, is 2") { $0.engine = .native(version: 2, numerics: .bf16) },
        Change("data.majority_share: was 0.55, is 0.6") { $0.data?.majorityShare = 0.6 },
        Change(#"task.kind: was "classification", is "regression""#) { $0.task?.kind = .regression },
        Change("task.train_per_class: was nothing, is 16") { $0.task?.subset = .perClass(16) },
        Change("task.train_examples: was nothing, is 100") { $0.task?.subset = .examples(100) },
        Change("data.label_scale: was nothing, is a map of 2") {
            $0.data?.labelScale = LabelScale(mean: 2.5, deviation: 1.5)
        },
        Change(
            #"constraints[0]: was "peak_memory_bytes <= 1000000000", is "peak_memory_bytes <= 2""#
        ) { $0.constraints[0].bound = 2 },
        Change("space.parameters.epochs.domain.int[1]: was 5, is 6") {
            $0.space.parameters[1].domain = .integer(lower: 1, upper: 6, scale: .linear)
        },
        Change("space.parameters.learning_rate: was a map of 2, is nothing") {
            $0.space.parameters.removeFirst()
        },
    ]

    @Test(arguments: changes)
    func `each other change is another study, and is told in one line`(change: Change) {
        let other = Study.example.changed(change.make)
        #expect(other.identityHash != Study.example.identityHash)
        #expect(other.differences(from: .example) == [change.testDescription])
    }

    @Test func `other kinds of tasks and subsets are read back as they were written`() throws {
        for subset in [TrainingSubset.perClass(16), .examples(100)] {
            let other = Study.example.changed {
                $0.task?.kind = .regression
                $0.task?.subset = subset
                $0.data?.labelScale = LabelScale(mean: -2.5, deviation: 1.5)
            }
            #expect(try Study(json: other.json) == other)
        }
        let both = Study.example.changed { $0.task?.subset = .perClass(1) }
        var members = try #require(both.json.object)
        var task = try #require(members["task"]?.object)
        task["train_examples"] = 2
        members["task"] = .object(task)
        #expect(throws: InputError.self) { try Study(json: .object(members)) }
    }

    @Test func `texts that only look alike are a difference too`() {
        let composed = Study.example.changed { $0.task?.label = "\u{E9}" }
        let decomposed = Study.example.changed { $0.task?.label = "e\u{301}" }
        #expect(composed.identityHash != decomposed.identityHash)
        #expect(decomposed.differences(from: composed).count == 1)
    }

    /// A member put in place of the example's, and what is said of it.
    @Test(
        arguments: [
            ("seed", JSON.integer(-1), "seed: expected a whole number from 0 to 9007199254740991, found -1"),
            ("study", "", #"study: expected a text, found """#),
            ("search", nil, "search: is missing: expected a map"),
            (
                "objectives", [["metric": "x", "direction": "up"]],
                #"objectives[0].direction: expected one of maximize, minimize, found "up""#
            ),
            (
                "constraints", ["x < 1"],
                #"constraints: expected a bound such as "latency_ms <= 5", found "x < 1""#
            ),
            ("space", ["meaning": "some"], "space.meaning: expected literal or native"),
            ("engine", ["nativ": 1], "engine.native: is missing: expected a whole number from 1 to 1000000"),
            (
                "wave", 1,
                "wave: is not a key here; known are constraints, data, directory, engine, model, objectives, search, "
                    + "seed, space, study, task"
            ),
        ] as [(String, JSON, String)])
    func `a stored study that is damaged is refused`(key: String, value: JSON, message: String) throws {
        var members = try #require(Study.example.json.object)
        members[key] = value
        let error = try #require(throws: InputError.self) { try Study(json: .object(members)) }
        #expect(error.description == "stored study: \(message)")
    }

    @Test(arguments: [
        #"{"int":[-9223372036854775808,1]}"#, #"{"int":[0,9223372036854775807]}"#, #"{"int":[2,1]}"#,
        #"{"int":[0,8],"scale":"log2"}"#, #"{"int":[1]}"#, #"{"int":[1,2.5]}"#,
        #"{"float":[0,1],"scale":"log"}"#,
        #"{"float":[-1e308,1e308]}"#, #"{"float":[1,0]}"#, #"{"choice":[]}"#, #"{"choice":[1,1.0]}"#,
        #"{"choice":[[1]]}"#, #"{"choice":[null]}"#, #"{"levels":[1,1]}"#, #"{"levels":[]}"#,
        #"{"levels":["a"]}"#,
        #"{"scale":"log"}"#,
    ])
    func `a domain that cannot be sampled is refused`(text: String) throws {
        let json = try JSON.parse(text)
        #expect(throws: InputError.self) {
            var reader = try JSONObjectReader(json, subject: "space")
            _ = try ParameterDomain(reading: &reader)
        }
    }
}
