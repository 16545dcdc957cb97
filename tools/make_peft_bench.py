#!/usr/bin/env python3
"""PEFT-Bench: what hundreds of hybrid configurations reach on two tasks, at three rungs.

    tools/make_peft_bench.py --model DIR --data DIR --wordnet DIR [--tasks wordnet,trec] [--limit N]
    tools/make_peft_bench.py --status

Trains every configuration of the list below with `peftsearch train` on every task, with seed 0 in the first place,
then a sixth of them with seeds 1 and 2, and appends one JSON line a training to Benchmarks/search/peft-bench/TASK.jsonl:
configuration, seed, exact trainable parameters, and at each rung accuracy, loss and CPU seconds. The same command
goes on after an interruption; two of it may run side by side on different --tasks.

The space is the preset `hybrid` of a six-block model with two epochs and batches of 16. Of every twenty
configurations ten are structured (few components, a window of neighbouring blocks, one base size, a little
disorder), four independent in every size, four sparse in every size, and two neighbours of an earlier structured
one (one change); the list opens with the usual baselines at several learning rates. Drawn by a seed, so the list is
the same everywhere.

wordnet is the task that tools/make_wordnet_task.py makes; trec has train.jsonl (`text`, `label`), of which a fifth
is for validation. 3,000 examples of each are trained on. Needs the standard library only.
"""

import argparse
import hashlib
import json
import math
import pathlib
import random
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Benchmarks/search/peft-bench"
LAYERS = 6
PROJECTIONS = ["query", "key", "value", "attention_output", "ffn_in", "ffn_out"]
SITES = ["parallel_ffn", "serial_attention", "serial_ffn"]
RANKS, WIDTHS = [1, 2, 4, 8, 16, 32], [4, 8, 16, 32, 64]
COMPONENTS = {"lora": 8, "bottleneck": 5, "unfreeze": 3, "bias": 2, "layernorm": 2}
# What each wants, as a rule of thumb; draws scatter around it.
RATES = {"lora": 1e-3, "bottleneck": 1e-3, "unfreeze": 1e-4, "bias": 3e-3, "layernorm": 3e-3}
COUNT, REPLICATED, SEED = 600, 6, 20261122
TASKS = {
    "wordnet": {"train": "train.tsv", "validation": "validation.tsv", "text": "text", "label": "label"},
    "trec": {"train": "train.jsonl", "validation": 0.2, "text": "text", "label": "label"},
}


def levels(component):
    """Sizes by place, of a component."""
    if component == "lora":
        return {f"lora.{layer}.{name}": RANKS for layer in range(LAYERS) for name in PROJECTIONS}
    if component == "bottleneck":
        return {f"{site}.{layer}": WIDTHS for layer in range(LAYERS) for site in SITES}
    places = {f"{component}.{layer}": [1] for layer in range(LAYERS)}
    return {**places, "unfreeze.embeddings": [1]} if component == "unfreeze" else places


ALL_LEVELS = {place: sizes for component in COMPONENTS for place, sizes in levels(component).items()}


def component_of(place):
    first = place.split(".")[0]
    return "bottleneck" if first in SITES else first


def layer_of(place):
    word = place.split(".")[1]
    return int(word) if word.isdigit() else -1


def part_of(place):
    words = place.split(".")
    return words[0] if words[0] in SITES else words[-1] if words[0] == "lora" else ""


def draw_settings(draw, sizes):
    """The settings that go with chosen sizes."""
    present = {component_of(place) for place in sizes}
    settings = {"head.pooler": draw.choice(["trained", "frozen"])}
    if "lora" in present:
        settings["lora.alpha_over_rank"] = draw.choice([0.5, 1, 2, 4])
        settings["lora.dropout"] = draw.choice([0, 0.05, 0.1])
    if "bottleneck" in present:
        settings["bottleneck.scale"] = draw.choice([0.5, 1, 2, 4])
    scale = 1.0
    if "unfreeze" in present:
        scale = settings["unfreeze.learning_rate_scale"] = draw.choice([0.03, 0.1, 0.3, 1])
    if draw.random() < 0.4:
        rate = 10 ** draw.uniform(-4, -2)
    else:
        wanted = [RATES[name] / (scale if name == "unfreeze" else 1) for name in present] or [4e-3]
        rate = min(wanted) * 10 ** draw.gauss(0, 0.3)
    settings["training.learning_rate"] = float(f"{min(max(rate, 1e-4), 1e-2):.5e}")
    return settings


def structured(draw):
    names, sizes = list(COMPONENTS), {}
    chosen = set()
    for _ in range(draw.choices([1, 2, 3], [50, 35, 15])[0]):
        chosen.add(draw.choices(names, [COMPONENTS[name] for name in names])[0])
    top = LAYERS - 1 if draw.random() < 0.75 else draw.randrange(LAYERS)
    bottom = draw.randrange(top + 1)
    for name in sorted(chosen):
        places = levels(name)
        low = draw.randint(bottom, top) if draw.random() < 0.3 else bottom
        parts = sorted({part_of(place) for place in places if layer_of(place) >= 0})
        count = draw.choice([1, len(parts), draw.randint(1, len(parts))])
        parts = set(draw.sample(parts, count))
        share = draw.random()
        for place, choices in places.items():
            if layer_of(place) < 0:
                if draw.random() < 0.1:
                    sizes[place] = choices[-1]
            elif low <= layer_of(place) <= top and part_of(place) in parts:
                index = int(share * len(choices))
                if draw.random() < 0.2:
                    index += draw.choice([-1, 1])
                if index >= 0:
                    sizes[place] = choices[min(index, len(choices) - 1)]
    return sizes


def independent(draw):
    """As a search without structure would draw: every size alike, 0 among them."""
    drawn = {place: draw.choice([0, *choices]) for place, choices in ALL_LEVELS.items()}
    return {place: size for place, size in drawn.items() if size}


def sparse(draw):
    chance = 10 ** draw.uniform(-2, -0.3)
    return {place: draw.choice(choices) for place, choices in ALL_LEVELS.items() if draw.random() < chance}


def neighbour(draw, sizes):
    """One size on, off, up or down."""
    sizes = dict(sizes)
    place = draw.choice(sorted(sizes)) if sizes and draw.random() < 0.7 else draw.choice(sorted(ALL_LEVELS))
    choices = [0, *ALL_LEVELS[place]]
    now = choices.index(sizes.get(place, 0))
    after = choices[min(max(now + draw.choice([-1, 1]), 0), len(choices) - 1)]
    sizes.pop(place, None)
    return {**sizes, place: after} if after else sizes


def baselines():
    """Assignments that everybody would try."""
    found = []
    for rate in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2):
        rates = {"head.pooler": "trained", "training.learning_rate": rate}
        lora = {"lora.alpha_over_rank": 2, "lora.dropout": 0}
        everywhere = {place: 8 for place in levels("lora")}
        values = {place: 8 for place in everywhere if part_of(place) in ("query", "value")}
        found += [{**everywhere, **lora, **rates}, {**values, **lora, **rates}, dict(rates)]
        whole = {place: 1 for place in levels("unfreeze")}
        found += [{**whole, "unfreeze.learning_rate_scale": 1, **rates}] if rate <= 1e-3 else []
        found += [{**{place: 1 for place in levels(name)}, **rates} for name in ("bias", "layernorm")]
        widths = {place: 32 for place in levels("bottleneck") if part_of(place) == "serial_ffn"}
        found += [{**widths, "bottleneck.scale": 1, **rates}]
    return found


def assignments():
    """All of them, in the order in which they are trained."""
    draw = random.Random(SEED)
    found, seen, kept = [], set(), []
    kinds = ["structured"] * 10 + ["independent"] * 4 + ["sparse"] * 4 + ["neighbour"] * 2

    def add(assignment):
        text = json.dumps(assignment, sort_keys=True)
        if text not in seen:
            seen.add(text)
            found.append(assignment)

    for one in baselines():
        add(one)
    while len(found) < COUNT:
        kind = draw.choice(kinds)
        if kind == "neighbour" and kept:
            sizes, settings = draw.choice(kept)
            sizes = neighbour(draw, sizes)
            settings = draw_settings(draw, sizes) if draw.random() < 0.5 else {
                **draw_settings(draw, sizes), **{k: v for k, v in settings.items() if k in ("head.pooler", "training.learning_rate")}}
        else:
            sizes = {"structured": structured, "independent": independent, "sparse": sparse,
                     "neighbour": structured}[kind](draw)
            settings = draw_settings(draw, sizes)
            if kind == "structured":
                kept.append((sizes, settings))
        add({**sizes, **settings})
    return found


def configuration(assignment):
    """The native configuration that an assignment of the preset means."""
    sizes = {place: size for place, size in assignment.items() if place in ALL_LEVELS}
    components = []
    ranks = {place.removeprefix("lora."): size for place, size in sizes.items() if place.startswith("lora.")}
    if ranks:
        components.append({"lora": {
            "ranks": ranks, "alpha_over_rank": assignment["lora.alpha_over_rank"],
            "dropout": assignment["lora.dropout"]}})
    for site in SITES:
        widths = {place.split(".")[1]: size for place, size in sizes.items() if place.startswith(f"{site}.")}
        if widths:
            components.append({"bottleneck": {
                "site": site, "widths": widths, "scale": assignment["bottleneck.scale"]}})
    for name in ("bias", "layernorm"):
        layers = [layer_of(place) for place in sizes if place.startswith(f"{name}.")]
        if layers:
            components.append({name: {"layers": sorted(layers)}})
    layers = [layer_of(place) for place in sizes if place.startswith("unfreeze.")]
    if layers:
        components.append({"unfreeze": {
            "layers": sorted(layer for layer in layers if layer >= 0), "embeddings": -1 in layers,
            "learning_rate_scale": assignment["unfreeze.learning_rate_scale"]}})
    return {
        "components": components, "head": {"pooler": assignment["head.pooler"]},
        "training": {"learning_rate": assignment["training.learning_rate"], "epochs": 2, "batch_size": 16}}


def trainings():
    """(place in the list, assignment, seed), the most useful first."""
    listed = list(enumerate(assignments()))
    first = [(place, assignment, 0) for place, assignment in listed]
    again = [(place, assignment, seed) for seed in (1, 2) for place, assignment in listed[::REPLICATED]]
    return first + again


class Table:
    """A task's file of JSON lines, one a training."""

    def __init__(self, task, folder):
        self.path = folder / f"{task}.jsonl"
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        self.done = {(row["number"], row["seed"]) for row in map(json.loads, lines)}

    def add(self, row):
        self.done.add((row["number"], row["seed"]))
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def write_study(task, arguments, folder):
    data = {"wordnet": arguments.wordnet, "trec": arguments.data / "trec"}[task].resolve()
    columns = {
        key: str(data / value) if key == "train" or (key == "validation" and isinstance(value, str)) else value
        for key, value in TASKS[task].items()}
    study = {
        "study": task, "seed": 0, "model": str(arguments.model.resolve()),
        "task": {**columns, "max_length": 64, "train_examples": 3000}, "search": {"rungs": 3}}
    # JSON is YAML.
    (folder / f"{task}.yaml").write_text(json.dumps(study))


def train(program, task, folder, number, assignment, seed):
    (folder / f"{task}.json").write_text(json.dumps(configuration(assignment)))
    start = time.monotonic()
    child = subprocess.run(
        [program, "train", f"{task}.yaml", "--configuration", f"{task}.json", "--seed", str(seed), "--format", "json",
         "--data-dir", f"kept-{task}"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    row = {"number": number, "seed": seed, "task": task, "assignment": assignment}
    if child.returncode == 65:
        return {**row, "failure": child.stderr.strip()[-300:]}
    if child.returncode != 0:
        sys.exit(f"{task} {number}: status {child.returncode}\n{child.stderr}")
    result = json.loads(child.stdout)
    rungs = [*((rung["share"], rung["measurements"]) for rung in result["rungs"]), (1, result["measurements"])]
    return {
        **row, "trainable_parameters": result["measurements"]["trainable_parameters"],
        "rungs": [
            {"share": share, **{name: values[name] for name in ("accuracy", "loss", "train_seconds")}}
            for share, values in rungs],
        "latency_ms": result["measurements"]["latency_ms"], "wall_seconds": round(time.monotonic() - start, 2),
        "compute_class": result["compute_class"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/peftsearch")
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--wordnet", type=pathlib.Path, default=ROOT / ".demo/wordnet")
    parser.add_argument("--tasks", default="wordnet,trec")
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / ".peft-bench")
    parser.add_argument("--limit", type=int, help="trainings of each task in this run")
    parser.add_argument("--status", action="store_true", help="say how much is done")
    arguments = parser.parse_args()
    wanted = trainings()
    names = arguments.tasks.split(",")
    arguments.out.mkdir(parents=True, exist_ok=True)
    tables = {task: Table(task, arguments.out) for task in names}
    if arguments.status:
        for task, table in tables.items():
            print(f"{task}: {len(table.done)} of {len(wanted)} trainings")
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    for task in names:
        write_study(task, arguments, arguments.work)
    begun, start = 0, time.monotonic()
    for number, assignment, seed in wanted:
        for task in names:
            if (number, seed) in tables[task].done or begun >= (arguments.limit or math.inf):
                continue
            tables[task].add(train(str(arguments.program.resolve()), task, arguments.work, number, assignment, seed))
            begun += 1
            print(f"{task} {number} seed {seed}: {(time.monotonic() - start) / begun:.1f} s a training", flush=True)


if __name__ == "__main__":
    main()
