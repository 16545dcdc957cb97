package import Experiments

extension Study {
    /// One with something in every field.
    package static let example = Study(
        name: "sst2", seed: 7,
        model: ModelReference(
            path: "models/tiny", family: "bert",
            shape: ModelShape(
                vocabulary: 60, positions: 40, tokenTypes: 2, layers: 3, hidden: 16, heads: 4, feedForward: 32
            ),
            files: ["config.json": "aa", "model.safetensors": "bb"]),
        task: TaskDefinition(
            train: DataFile(path: "data/train.tsv", sha256: "cc"),
            validation: .file(DataFile(path: "data/validation.tsv", sha256: "dd")),
            test: DataFile(path: "data/test.tsv", sha256: "ee"), text: ["a", "b"], label: "label",
            maximumLength: 32),
        data: DataFacts(
            labels: ["no", "yes"], trainExamples: 100, validationExamples: 20, testExamples: 30,
            trainTokens: 1200,
            validationTokens: 250, squaredTokens: 3400, majorityShare: 0.55),
        objectives: [
            Objective(metric: "accuracy", direction: .maximize),
            Objective(
                metric: "latency_ms", direction: .minimize,
                reference: Objective.Reference(worst: 100, best: 0.5, isLogarithmic: true)),
        ],
        constraints: [Constraint(metric: "peak_memory_bytes", comparison: .atMost, bound: 1e9)],
        space: SearchSpace(
            meaning: .native(preset: "hybrid"),
            parameters: [
                Parameter(name: "learning_rate", domain: .real(lower: 1e-5, upper: 1e-2, scale: .log)),
                Parameter(name: "epochs", domain: .integer(lower: 1, upper: 5, scale: .linear)),
                Parameter(
                    name: "schedule", domain: .choice(["linear", "cosine", 3, true]),
                    condition: .values(["epochs": [1, 2]])),
                Parameter(
                    name: "rank", domain: .levels([0, 2, 4.5]), condition: .component("lora"),
                    place: Parameter.Place(component: "lora", layer: 2, part: "query")),
                Parameter(
                    name: "all", domain: .integer(lower: 1, upper: 64, scale: .log2),
                    place: Parameter.Place(component: "unfreeze", layer: nil, part: "layers")),
            ]),
        search: SearchSettings(strategy: "nsga2", version: 1, trials: 64, parallelism: 4),
        engine: .native(version: 1, numerics: .bf16), directory: "/studies")

    /// One that any program trains.
    package static let command = Study(
        name: "other", seed: 1 << 53 - 1, model: nil, task: nil, data: nil,
        objectives: [Objective(metric: "loss", direction: .minimize)], constraints: [],
        space: SearchSpace(
            meaning: .literal,
            parameters: [Parameter(name: "x", domain: .real(lower: -1, upper: 1, scale: .linear))]),
        search: SearchSettings(strategy: "random", version: 2, trials: 0, parallelism: 1),
        engine: .command(["python3", "train.py"]))

    package func changed(_ change: (inout Study) -> Void) -> Study {
        var copy = self
        change(&copy)
        return copy
    }
}
