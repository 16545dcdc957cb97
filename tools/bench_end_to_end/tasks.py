"""The splits that everybody gets, as JSON lines with `text` and `label`."""

import collections
import csv
import dataclasses
import json
import pathlib
import random

# The column of the text, that of the label, and the share of the training file that validates where no file does.
COLUMNS = {
    "trec": ("text", "label", {"train": "train.jsonl", "test": "test.jsonl"}),
    "sst2": ("sentence", "label", {"train": "train.tsv", "validation": "validation.tsv", "test": "test.tsv"}),
    "banking77": ("text", "category", {"train": "train.csv", "test": "test.csv"}),
}
VALIDATION_SHARE = 0.1
MAX_LENGTH = 64


@dataclasses.dataclass(frozen=True)
class Task:
    """Paths of three splits, and what was counted in them."""

    name: str
    train: pathlib.Path
    validation: pathlib.Path
    test: pathlib.Path
    train_examples: int
    test_examples: int
    labels: int
    majority_share: float


def rows(path):
    """Every row of a file as a dictionary of its columns."""
    with open(path, encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file if line.strip()]
        lines = [line.rstrip("\r\n").split("\t") for line in file]
    return [dict(zip(lines[0], line)) for line in lines[1:]]


def prepare(name, data, folder, examples):
    """Writes the splits into a folder; the same files for the same arguments.

    `examples` limits the training split, drawn with a fixed seed so that every label stays."""
    text, label, files = COLUMNS[name]
    missing = [data / name / file for file in files.values() if not (data / name / file).exists()]
    if missing:
        raise SystemExit(f"{missing[0]} is not there\n  try: --data, the folder that has {name}/{missing[0].name}")
    splits = {
        split: [{"text": row[text], "label": str(row[label])} for row in rows(data / name / file)]
        for split, file in files.items()
    }
    order = random.Random(0)
    order.shuffle(splits["train"])
    if "validation" not in splits:
        count = round(VALIDATION_SHARE * len(splits["train"]))
        splits["validation"], splits["train"] = splits["train"][:count], splits["train"][count:]
    splits["train"] = limited(splits["train"], examples)
    folder.mkdir(parents=True, exist_ok=True)
    for split, members in splits.items():
        lines = "".join(json.dumps(row) + "\n" for row in members)
        (folder / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    counts = collections.Counter(row["label"] for row in splits["validation"])
    return Task(
        name, *(folder / f"{split}.jsonl" for split in ("train", "validation", "test")), len(splits["train"]),
        len(splits["test"]), len({row["label"] for row in splits["train"]}),
        max(counts.values()) / len(splits["validation"]))


def limited(members, examples):
    """The first of every label, then as many of the others in their order as the limit leaves."""
    if examples is None or examples >= len(members):
        return members
    first = {}
    for index, row in enumerate(members):
        first.setdefault(row["label"], index)
    chosen = set(first.values())
    others = (index for index in range(len(members)) if index not in chosen)
    chosen.update(index for index, _ in zip(others, range(examples - len(chosen))))
    return [members[index] for index in sorted(chosen)]
