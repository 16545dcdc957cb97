import Foundation
import Testing

struct DataAndModelTests {
    @Test(arguments: files)
    func `wrong data is refused with its line`(_ bad: BadInput) async throws {
        try await bad.check()
    }

    @Test(arguments: models)
    func `a model that cannot be used is refused`(_ bad: BadInput) async throws {
        try await bad.check()
    }

    private static let files = [
        BadInput("missing", says: "study.yaml:6: task.train: FOLDER/train.tsv: there is no such file") {
            try FileManager.default.removeItem(atPath: $0.path("train.tsv"))
        },
        BadInput(
            "a device without an end", replacing: "train: train.tsv", by: "train: /dev/zero",
            says: "study.yaml:6: task.train: /dev/zero: is not a regular file"),
        BadInput(
            "a folder", replacing: "validation: validation.tsv", by: "validation: model",
            says: "study.yaml:7: task.validation: FOLDER/model: is a folder"),
        BadInput("a pipe", says: "study.yaml:8: task.test: FOLDER/test.tsv: is not a regular file") {
            try FileManager.default.removeItem(atPath: $0.path("test.tsv"))
            #expect(mkfifo($0.path("test.tsv"), 0o600) == 0)
        },
        BadInput(
            "more than is read",
            says: "study.yaml:6: task.train: FOLDER/train.tsv: has 1073741825 bytes; "
                + "at most 1073741824 are read"
        ) { #expect(truncate($0.path("train.tsv"), 1 << 30 + 1) == 0) },
        BadInput(
            "another column", replacing: "label: label", by: "label: lable",
            says: "FOLDER/train.tsv:1: lable: there is no such column; there are text, label\n  try: label"),
        BadInput(
            "an unterminated quote",
            says: "FOLDER/train.csv:3: the double quote is never closed"
        ) {
            try $0.write("train.csv", "text,label\na cat,cat\n\"a dog,dog\nthe cat,cat\n")
            try $0.write("study.yaml", TinyTask.study.replacing("train.tsv", with: "train.csv"))
        },
        BadInput("a row too long", says: "FOLDER/train.tsv:3: expected 2 columns, found 3") {
            try $0.write("train.tsv", "text\tlabel\na cat\tcat\na dog\tdog\tbird\n")
        },
        BadInput(
            "an unknown label in validation",
            says: "FOLDER/validation.tsv:2: label: the label \"cats\" does not occur in the training file"
                + "\n  try: cat"
        ) { try $0.write("validation.tsv", "text\tlabel\nthe cat\tcats\n") },
        BadInput(
            "one label only",
            says: "FOLDER/train.tsv: a classification needs at least two labels; found only \"cat\""
        ) { try $0.write("train.tsv", "text\tlabel\nthe cat\tcat\na cat\tcat\n") },
        BadInput("not UTF-8", says: "FOLDER/test.tsv:2: is not valid UTF-8") {
            try $0.write("test.tsv", Array("text\tlabel\nthe c".utf8) + [0xE4] + Array("t\tcat\n".utf8))
        },
        BadInput(
            "an unknown format",
            says: "FOLDER/train.xlsx: expected a name that ends with .tsv, .csv, .jsonl, .json or .conll"
        ) {
            try $0.write("train.xlsx", TinyTask.rows(4))
            try $0.write("study.yaml", TinyTask.study.replacing("train.tsv", with: "train.xlsx"))
        },
    ]

    private static let models = [
        BadInput(
            "no such folder", replacing: "model: model", by: "model: modle",
            says: "study.yaml:3: model: FOLDER/modle: there is no such folder"),
        BadInput(
            "pickle alone",
            says:
                "study.yaml:3: model: FOLDER/model: has pytorch_model.bin but no model.safetensors; such files can run code "
                + "when they are opened and are not read\n  try: convert it where you trust it: "
                + "AutoModel.from_pretrained(folder).save_pretrained(folder, safe_serialization=True) "
                + "with the Python package transformers"
        ) {
            try FileManager.default.moveItem(
                atPath: $0.path("model/model.safetensors"), toPath: $0.path("model/pytorch_model.bin"))
        },
        BadInput(
            "a truncated file",
            says: "FOLDER/model/model.safetensors: pooler.dense.weight: its bytes 33408 to 34432 "
                + "lie outside the file"
        ) { place in
            let path = place.path("model/model.safetensors")
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            try place.write("model/model.safetensors", Array(bytes.prefix(bytes.count - 100)))
        },
        BadInput(
            "a misshapen tensor",
            says: "FOLDER/model/model.safetensors: embeddings.word_embeddings.weight: expected the shape "
                + "[61, 16], found [60, 16]"
        ) { try edit($0, "model/config.json", "\"vocab_size\": 60", "\"vocab_size\": 61") },
        BadInput(
            "another family",
            says: "FOLDER/model/config.json: model_type: expected one of bert, distilbert, electra, "
                + "roberta, found \"gpt2\""
        ) { try edit($0, "model/config.json", "\"model_type\": \"bert\"", "\"model_type\": \"gpt2\"") },
        BadInput(
            "no tokenizer",
            says: "FOLDER/model: has neither tokenizer.json nor vocab.txt nor vocab.json with merges.txt"
        ) { try FileManager.default.removeItem(atPath: $0.path("model/vocab.txt")) },
    ]

    private static func edit(_ place: Workplace, _ name: String, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: place.path(name), encoding: .utf8)
        try #require(text.contains(old))
        try place.write(name, text.replacing(old, with: new))
    }
}
