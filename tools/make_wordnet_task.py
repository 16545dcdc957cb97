#!/usr/bin/env python3
"""Makes the demo's task from WordNet: a noun's definition -> its category, 26 classes.

    tools/make_wordnet_task.py OUT_DIR [--seed 7]

Reads Debian's package wordnet-base and writes train.tsv (4,000 rows), validation.tsv (1,000) and test.tsv
(1,000), header `text<TAB>label`, no text in two of them. Each split holds the categories in their natural
shares and every category at least once. The same seed gives the same bytes on every Python.
Needs the standard library only.
"""

import argparse
import hashlib
import os
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

NOUNS = Path("/usr/share/wordnet/data.noun")
SPLITS = {"train": 4000, "validation": 1000, "test": 1000}
# Lexicographer files 03 to 28 in their order, lexnames(5WN), without `noun.`.
CATEGORIES = (
    "tops act animal artifact attribute body cognition communication event feeling food group location "
    "motive object person phenomenon plant possession process quantity relation shape state substance time"
).split()
FIRST_CATEGORY = 3


def definition(gloss):
    """The gloss without the quoted examples that follow it, nor what is left over around them."""
    text = re.split(r'(?:^|[;:,.])\s*(?:e\.g\.,?\s*)?"', gloss, maxsplit=1)[0]
    text = " ".join(text.split()).strip(" ;:,.-\"")
    return text if text.count("(") == text.count(")") else ""


def labelled_definitions(path):
    """Definition -> category; a definition found under two categories has no right answer and is left out."""
    categories = defaultdict(set)
    spelling = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            # The licence at the top is indented; data.noun is described in wndb(5WN).
            if line.startswith(" ") or "|" not in line:
                continue
            fields, gloss = line.split("|", 1)
            text = definition(gloss)
            if text:
                spelling.setdefault(text.lower(), text)
                categories[text.lower()].add(CATEGORIES[int(fields.split()[1]) - FIRST_CATEGORY])
    return {spelling[key]: next(iter(names)) for key, names in categories.items() if len(names) == 1}


def quotas(counts, size):
    """Shares of `size` in proportion to `counts` (largest remainders), at least one each."""
    spare = size - len(counts)
    exact = {label: spare * count / counts.total() for label, count in counts.items()}
    quota = {label: 1 + int(value) for label, value in exact.items()}
    by_remainder = sorted(counts, key=lambda label: (int(exact[label]) - exact[label], label))
    for label in by_remainder[: size - sum(quota.values())]:
        quota[label] += 1
    return quota


def splits(labels, seed):
    """Rows by split. The order is that of a keyed hash: no generator whose algorithm could change."""
    def shuffled(texts):
        return sorted(texts, key=lambda text: hashlib.sha256(f"{seed}\0{text}".encode()).digest())

    pools = defaultdict(list)
    for text in shuffled(labels):
        pools[labels[text]].append(text)
    counts = Counter(labels.values())
    rows, used = {}, Counter()
    for split, size in SPLITS.items():
        chosen = []
        for label, quota in quotas(counts, size).items():
            chosen += pools[label][used[label] : used[label] + quota]
            used[label] += quota
        rows[split] = [(text, labels[text]) for text in shuffled(chosen)]
    return rows


def write(folder, split, rows):
    """Whole or not at all: a file that stands was written to its end."""
    partial = folder / f"{split}.tsv.partial"
    lines = [f"{text}\t{label}\n" for text, label in [("text", "label"), *rows]]
    partial.write_text("".join(lines), encoding="utf-8")
    os.replace(partial, folder / f"{split}.tsv")


def main():
    parser = argparse.ArgumentParser(description="Makes the demo's classification task from WordNet's nouns.")
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if not NOUNS.is_file():
        sys.exit(f"make_wordnet_task: {NOUNS} is missing; install it with: apt-get install wordnet-base")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for split, rows in splits(labelled_definitions(NOUNS), arguments.seed).items():
        write(arguments.out, split, rows)
    sizes = ", ".join(f"{split} {size:,}" for split, size in SPLITS.items())
    print(f"{arguments.out}: {sizes} definitions in {len(CATEGORIES)} categories")


if __name__ == "__main__":
    main()
