import Foundation
import Testing

struct StudyFileTests {
    @Test(arguments: unreadable + [unknownKeys, values, spaces].flatMap { $0 })
    func `a wrong study file is refused with its line`(_ bad: BadInput) async throws {
        try await bad.check()
    }

    private static let unreadable = [
        BadInput("missing", says: "study.yaml: there is no such file; expected a study file") {
            try FileManager.default.removeItem(atPath: $0.path("study.yaml"))
        },
        BadInput("a folder", says: "study.yaml: is a folder; expected a study file") {
            try FileManager.default.removeItem(atPath: $0.path("study.yaml"))
            try $0.write("study.yaml/other.txt", "")
        },
        BadInput("a pipe", says: "study.yaml: is not a regular file; expected a study file") {
            try FileManager.default.removeItem(atPath: $0.path("study.yaml"))
            #expect(mkfifo($0.path("study.yaml"), 0o600) == 0)
        },
        BadInput(
            "a megabyte too many", study: String(repeating: "#", count: 1 << 21),
            says: "study.yaml: has 2097152 bytes; at most 1048576 are read; expected a study file"),
        BadInput(
            "a name with NUL", study: "study: \"a\\0b\"\n",
            says: "study.yaml:1: study: a text holds NUL, the character \\0"),
        BadInput(
            "an argument with NUL", study: "study: a\nengine: {command: [sh, \"-c\\0\"]}\n",
            says: "study.yaml:2: engine.command[1]: a text holds NUL, the character \\0"),
        BadInput(
            "a key with NUL", study: "study: a\ntask: {\"te\\0xt\": 1}\n",
            says: "study.yaml:2: task: a text holds NUL, the character \\0"),
        BadInput(
            "a byte order mark before a wrong name", study: "\u{FEFF}study: a/b\n",
            says: "study.yaml:1: study: expected up to 100 letters, digits, _, - and ., found \"a/b\""),
        BadInput("empty", study: "", says: "study.yaml: is empty\n  try: start from examples/"),
        BadInput("binary", says: "study.yaml: is not UTF-8 text; expected a study file in YAML") {
            try $0.write("study.yaml", [0x7F, 0x45, 0x4C, 0x46, 0xFF, 0xFE])
        },
        BadInput(
            "not YAML", study: "study: sample\ntask: [train\n",
            says: "study.yaml:3: is not YAML: did not find expected ',' or ']'"),
        BadInput(
            "indented by a tab", study: "study: sample\ntask:\n\ttrain: a.tsv\n",
            says: "study.yaml:3: is not YAML: found character that cannot start any token"
                + "\n  try: spaces instead of tabs"),
        BadInput(
            "a key twice", study: "study: sample\nseed: 1\nseed: 2\n",
            says: "study.yaml:2: a key stands twice: seed"),
        BadInput(
            "a list", study: "- study\n- sample\n",
            says: "study.yaml: expected a map of keys and values, found a list of 2"),
        BadInput(
            "aliases that multiply", study: bomb,
            says: "study.yaml:4: has more than 20 aliases\n  try: write out what they stand for"),
        BadInput(
            "aliases that multiply within a key", study: keyBomb,
            says: "study.yaml:12: has more than 20 aliases\n  try: write out what they stand for"),
        BadInput(
            "few aliases for much", study: "a: &a [\(long)]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b, *b]\n",
            says: "study.yaml:1: is too large or nested too deeply"),
        BadInput(
            "nested too deeply", study: "study: " + String(repeating: "[", count: 5000),
            says: "study.yaml:1: is too large or nested too deeply"),
        BadInput(
            "nested deeper than a study is",
            study: "study: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40),
            says: "study.yaml:1: is too large or nested too deeply"),
    ]

    private static let bomb =
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + (1..<9).map { level in
            let before = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            return "a\(level): &a\(level) [\(before)]\n"
        }.joined()

    /// The keys of a map are compared when it is read.
    private static let keyBomb =
        "a0: &a0 [x, x]\n"
        + (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined() + "? *a39\n: 1\n"

    private static let long = Array(repeating: "x", count: 10_000).joined(separator: ", ")

    private static let unknownKeys = [
        BadInput(
            "a key with a slip", replacing: "search:", by: "serach:",
            says: "study.yaml:13: serach: is not a key here; known are constraints, engine, model, numerics, "
                + "objectives, search, seed, space, study, task, workers\n  try: search"),
        BadInput(
            "a key that would steer a terminal", study: "study: a\n\"x\\e[2J\\nerror: y\": 1\n",
            says:
                "study.yaml:2: x\u{FFFD}[2J\u{FFFD}error: y: is not a key here; known are constraints, engine, "
                + "model, numerics, objectives, search, seed, space, study, task, workers"),
        BadInput(
            "a key within the task", replacing: "max_length: 16", by: "max_lenght: 16",
            says: "study.yaml:11: task.max_lenght: is not a key here; known are kind, label, "
                + "max_length, test, text, train, train_examples, train_per_class, validation\n  try: max_length"
        ),
        BadInput(
            "no name", replacing: "study: sample\n", by: "",
            says: "study.yaml: study: is missing: expected a text"),
        BadInput(
            "no model", replacing: "model: model\n", by: "",
            says: "study.yaml: model: is missing: expected a Hugging Face folder"),
        BadInput(
            "no task", study: "study: sample\nmodel: model\n",
            says: "study.yaml: task: is missing: expected kind, train, validation, text, label"),
        BadInput(
            "no label", replacing: "  label: label\n", by: "",
            says: "study.yaml:4: task.label: is missing: expected a text"),
    ]

    private static let measured =
        "accuracy, accuracy_high, accuracy_low, adapter_bytes, flops_per_example, latency_ms, loss, macro_f1, "
        + "macro_f1_high, macro_f1_low, mcc, mcc_high, mcc_low, peak_memory_bytes, train_seconds, "
        + "trainable_parameters, validation_seconds"

    private static let values = [
        BadInput(
            "a text for a number", replacing: "trials: 8", by: "trials: many",
            says: "study.yaml:13: search.trials: expected a whole number from 1 to 1000000, found \"many\""),
        BadInput(
            "a fraction of a trial", replacing: "trials: 8", by: "trials: 8.5",
            says: "study.yaml:13: search.trials: expected a whole number from 1 to 1000000, found 8.5"),
        BadInput(
            "more derived configurations than are tried", replacing: "trials: 8",
            by: "trials: 8, derived: 65",
            says: "study.yaml:13: search.derived: expected a whole number from 0 to 64, found 65"),
        BadInput(
            "a text for a number of derived configurations", replacing: "trials: 8",
            by: "trials: 8, derived: all",
            says: "study.yaml:13: search.derived: expected a whole number from 0 to 64, found \"all\""),
        BadInput(
            "derived configurations of a command", study: command("search: {derived: 1}"),
            says:
                "study.yaml:4: search.derived: is of the native engine alone: a command's tensors are its own"
        ),
        BadInput(
            "a front that is trained from no seed", replacing: "trials: 8",
            by: "trials: 8, replicate_front: 0",
            says: "study.yaml:13: search.replicate_front: expected a whole number from 1 to 10, found 0"),
        BadInput(
            "more seeds of the front than there may be", replacing: "trials: 8",
            by: "trials: 8, replicate_front: 11",
            says: "study.yaml:13: search.replicate_front: expected a whole number from 1 to 10, found 11"),
        BadInput(
            "a list of seeds of the front", replacing: "trials: 8",
            by: "trials: 8, replicate_front: [1, 2]",
            says:
                "study.yaml:13: search.replicate_front: expected a whole number from 1 to 10, found a list of 2"
        ),
        BadInput(
            "out of range", replacing: "max_length: 16", by: "max_length: 2",
            says: "study.yaml:11: task.max_length: expected a whole number from 3 to 8192, found 2"),
        BadInput(
            "a seed that other readers of JSON would round", replacing: "seed: 7",
            by: "seed: 9007199254740992",
            says: "study.yaml:2: seed: expected a whole number from 0 to 9007199254740991, "
                + "found 9007199254740992"),
        BadInput(
            "a name with a slash", replacing: "study: sample", by: "study: a/b",
            says: "study.yaml:1: study: expected up to 100 letters, digits, _, - and ., found \"a/b\""),
        BadInput(
            "a validation share of all rows", replacing: "validation: validation.tsv", by: "validation: 1.0",
            says: "study.yaml:7: task.validation: expected a path or a share between 0 and 1, found 1"),
        BadInput(
            "three text columns", replacing: "text: text", by: "text: [a, b, c]",
            says: "study.yaml:9: task.text: expected a column or a list of one or two columns, "
                + "found a list of 3"),
        BadInput(
            "an unknown kind of task", replacing: "kind: classification", by: "kind: clasification",
            says:
                "study.yaml:5: task.kind: expected one of classification, regression, token_classification, "
                + "found \"clasification\"\n  try: classification"),
        BadInput(
            "an unknown strategy", replacing: "strategy: auto", by: "strategy: nsga3",
            says:
                "study.yaml:13: search.strategy: \"nsga3\" is not a strategy; known are auto, random, sobol, nsga2, "
                + "tpe, gp, oneshot"
                + "\n  try: nsga2"),
        BadInput(
            "a super-network with rungs", replacing: "strategy: auto", by: "strategy: oneshot, rungs: 3",
            says:
                "study.yaml:13: search.rungs: \"oneshot\" has none: its super-network must be trained whole to have "
                + "parts to measure"),
        BadInput(
            "a super-network without parts", replacing: "strategy: auto", by: "strategy: oneshot, derived: 0",
            says:
                "study.yaml:13: search.derived: expected 1 or more: they are the parts that \"oneshot\" measures"
        ),
        BadInput(
            "an unknown metric", replacing: "space: hybrid",
            by: "objectives: [maximize: acuracy]\nspace: hybrid",
            says:
                "study.yaml:12: objectives[0]: acuracy is not measured by the native engine of a classification task; "
                + "it measures "
                + "accuracy, accuracy_high, accuracy_low, adapter_bytes, flops_per_example, latency_ms, loss, macro_f1, "
                + "macro_f1_high, macro_f1_low, mcc, mcc_high, mcc_low, peak_memory_bytes, "
                + "train_seconds, trainable_parameters, validation_seconds\n  try: accuracy"),
        BadInput(
            "a metric of another kind of task", replacing: "space: hybrid",
            by: "objectives: [maximize: pearson]\nspace: hybrid",
            says: "study.yaml:12: objectives[0]: pearson is not measured by the native engine of a "
                + "classification task; it measures " + measured),
        BadInput(
            "an objective in both directions", replacing: "space: hybrid",
            by: "objectives: [{maximize: accuracy, minimize: accuracy}]\nspace: hybrid",
            says: "study.yaml:12: objectives[0]: expected either maximize or minimize with a measurement"
                + "\n  try: maximize: accuracy"),
        BadInput(
            "a reference against its objective", replacing: "space: hybrid",
            by: "objectives: [{maximize: accuracy, reference: {worst: 1, best: 0}}]\nspace: hybrid",
            says: "study.yaml:12: objectives[0].reference: to maximize, best must be above worst"),
        BadInput(
            "a reference without a logarithm", replacing: "space: hybrid",
            by: "objectives: [{minimize: loss, reference: {worst: 1, best: 0, scale: log10}}]\nspace: hybrid",
            says: "study.yaml:12: objectives[0].reference: worst and best must be above 0 for log10"),
        BadInput(
            "a constraint that is no bound", replacing: "space: hybrid",
            by: "constraints: [latency_ms < 5]\nspace: hybrid",
            says: "study.yaml:12: constraints[0]: expected a bound, found \"latency_ms < 5\""
                + "\n  try: \"latency_ms <= 5\""),
        BadInput(
            "a constraint on an unknown metric", replacing: "space: hybrid",
            by: "constraints: [latency <= 5]\nspace: hybrid",
            says:
                "study.yaml:12: constraints[0]: latency is not measured by the native engine of a classification task; "
                + "it measures "
                + "accuracy, accuracy_high, accuracy_low, adapter_bytes, flops_per_example, latency_ms, loss, macro_f1, "
                + "macro_f1_high, macro_f1_low, mcc, mcc_high, mcc_low, peak_memory_bytes, "
                + "train_seconds, trainable_parameters, validation_seconds"),
        BadInput(
            "a format that does not exist", replacing: "space: hybrid",
            by: "constraints: [exportable_as contains peftt]\nspace: hybrid",
            says: "study.yaml:12: constraints[0]: expected a bound, found \"exportable_as contains peftt\""
                + "\n  try: \"exportable_as contains peft\" (merged, peft, adapterhub, custom_code)"),
        BadInput(
            "an engine that does not exist", replacing: "space: hybrid", by: "engine: torch\nspace: hybrid",
            says: "study.yaml:12: engine: expected native or {command: [program, argument, ...]}, "
                + "found \"torch\""),
    ]

    private static let spaces = [
        BadInput(
            "an unknown preset", replacing: "space: hybrid", by: "space: hybird",
            says: "study.yaml:12: space: is not a preset; known are hybrid, lora, everything, small, "
                + "mergeable, mam, unipelt\n  try: hybrid"
        ),
        BadInput(
            "an override of nothing", replacing: "space: hybrid",
            by: "space:\n  lora.ranks: {levels: [0, 4]}",
            says: "study.yaml:13: space.lora.ranks: is neither a parameter nor a group of parameters of "
                + "this space\n  try: lora.rank"),
        BadInput(
            "explicit parameters for the native engine", replacing: "space: hybrid",
            by: "space: {parameters: {rank: {int: [1, 8]}}}",
            says: "study.yaml:12: space.parameters: explicit parameters need a command engine; the native "
                + "engine has presets\n  try: space: hybrid"),
        BadInput(
            "a preset for a command", study: command("space: hybrid"),
            says: "study.yaml:4: space: a command engine needs explicit parameters, not a preset"
                + "\n  try: space: {parameters: {lr: {float: [1e-5, 1e-2], scale: log}}}"),
        BadInput(
            "a command without objectives",
            study: "study: sample\nengine: {command: [sh]}\nspace: {parameters: {a: {int: [1, 2]}}}\n",
            says: "study.yaml: objectives: is missing: expected a list such as [maximize: accuracy]"),
        BadInput(
            "a range from high to low", study: command("space: {parameters: {a: {int: [9, 1]}}}"),
            says: "study.yaml:4: space.parameters.a.int: expected [lower, upper] of whole numbers, "
                + "lower <= upper, from 1 for log2"),
        BadInput(
            "a condition on a parameter that is not there",
            study: command(
                "space: {parameters: {method: {choice: [x, y]}, a: {int: [1, 2], when: {methd: x}}}}"),
            says: "study.yaml:4: space.parameters.a.when.methd: is not another parameter of the space"
                + "\n  try: method"),
        BadInput(
            "a condition on an impossible value",
            study: command(
                "space: {parameters: {method: {choice: [x, y]}, a: {int: [1, 2], when: {method: z}}}}"),
            says: "study.yaml:4: space.parameters.a.when.method: \"z\" is not among the values of method"),
        BadInput(
            "conditions in a circle",
            study: command(
                "space: {parameters: {a: {int: [1, 2], when: {b: 1}}, b: {int: [1, 2], when: {a: 1}}}}"),
            says: "study.yaml:4: space.parameters.a.when: depends on itself"),
    ]

    private static func command(_ space: String) -> String {
        "study: sample\nengine: {command: [sh, train.sh]}\nobjectives: [maximize: score]\n\(space)\n"
    }
}
