#!/usr/bin/env python3
"""Training speed beside PyTorch + PEFT, on the same work in the same run.

    tools/bench_training.py --model DIR --train FILE [--text sentence --label label] [--rows lora_qv,full]
                            [--examples 2048] [--rounds 3] [--output FILE.json]

Rows are what is trained: lora_qv (rank 8 on query and value), lora_all (rank 16 on all linear maps), parallel
(adapters of width 64), bitfit, top2 (LoRA of rank 8 and adapters in the last two layers), full. Batch 32, at
most 64 tokens, one epoch over the first examples of the file.

Ours: two `peftsearch train` side by side, bf16, one thread each. Counted are the steps, and beside them the
whole processes, which also read the model, make code for the shapes, keep hidden states and measure; top2 is
counted a second time with its states there. The peer at its best: bf16 autocast with frozen weights held in
bf16, sdpa, batches of like length, its steps alone, as one process with two threads or two with one, whichever
is faster. The peer as most people write it: float32 and transformers.Trainer. Medians over rounds, which
alternate, so that a busy machine slows all.

The limit: what two processes side by side reach in large bf16 products, over the operations that the row
requires.
"""

import argparse
import csv
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = ROOT / "Benchmarks/training/peer.py"
BATCH, LENGTH, LAYERS, WIDTH = 32, 64, 6, 64
PROJECTIONS = ("query", "key", "value", "attention_output", "ffn_in", "ffn_out")


def lora(rank, projections, layers=range(LAYERS)):
    ranks = {f"{layer}.{projection}": rank for layer in layers for projection in projections}
    return {"lora": {"ranks": ranks, "alpha_over_rank": 2}}


def adapters(layers=range(LAYERS)):
    widths = {str(layer): WIDTH for layer in layers}
    return {"bottleneck": {"site": "parallel_ffn", "widths": widths, "activation": "relu"}}


TOP = range(LAYERS - 2, LAYERS)
# What we train, what the peer is asked for, the learning rate.
ROWS = {
    "lora_qv": ([lora(8, ("query", "value"))], {"method": "lora_qv", "rank": 8}, 1e-3),
    "lora_all": ([lora(16, PROJECTIONS)], {"method": "lora_all", "rank": 16}, 1e-3),
    "parallel": ([adapters()], {"method": "parallel", "width": WIDTH}, 1e-3),
    "bitfit": ([{"bias": {}}], {"method": "bitfit"}, 1e-3),
    "top2": ([lora(8, PROJECTIONS, TOP), adapters(TOP)], {"method": "top2", "rank": 8, "width": WIDTH}, 1e-3),
    "full": ([{"unfreeze": {"layers": list(range(LAYERS)), "embeddings": True}}], {"method": "full"}, 1e-4),
}


def table_of(path, count):
    with open(path, encoding="utf-8", newline="") as file:
        if path.suffix == ".tsv":
            return [line.rstrip("\r\n").split("\t") for line in file][: count + 1]
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in file if line.strip()][:count]
            return [list(rows[0])] + [[str(value) for value in row.values()] for row in rows]
        return list(csv.reader(file))[: count + 1]


def write_task(folder, arguments):
    """Data files, a study file a row, its configuration; returns the number of training examples."""
    table = table_of(arguments.train, arguments.examples)
    label = table[0].index(arguments.label)
    # Every label once, and the rest of 128 examples to measure on.
    first = {row[label]: row for row in reversed(table[1:])}
    validation = list(first.values()) + [row for row in table[1:129] if row not in first.values()]
    for name, rows in (("train", table), ("validation", [table[0], *validation])):
        (folder / f"{name}.csv").write_text("", encoding="utf-8")
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    (folder / "study.yaml").write_text(f"""
study: bench
numerics: bf16
model: {json.dumps(str(arguments.model.resolve()))}
task: {{train: train.csv, validation: validation.csv, text: {arguments.text}, label: {arguments.label}, max_length: {LENGTH}}}
""")
    for name, (components, _, rate) in ROWS.items():
        (folder / f"{name}.json").write_text(json.dumps({
            "components": components, "training": {"learning_rate": rate, "epochs": 1, "batch_size": BATCH}}))
    return len(table) - 1


def together(commands, inputs=(None, None)):
    """Runs commands side by side; their outputs, and the seconds until the last has ended."""
    start = time.monotonic()
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in commands]
    for child, text in zip(children, inputs):
        child.stdin.write(text or "")
        child.stdin.close()
    outputs = [child.stdout.read() for child in children]
    if any(child.wait() for child in children):
        sys.exit(f"{commands[0][:3]} failed")
    return outputs, time.monotonic() - start


def ours(program, folder, row, examples):
    commands = [
        [program, "train", folder / "study.yaml", "--configuration", folder / f"{row}.json", "--seed", str(seed),
         "--format", "json", "--data-dir", folder / f"data{seed}"] for seed in (1, 2)]
    outputs, seconds = together(commands)
    results = [json.loads(output) for output in outputs]
    measured = [result["measurements"] for result in results]
    return {
        "steps": sum(examples / result["train_seconds"] for result in measured), "whole": 2 * examples / seconds,
        "memory": max(result["peak_memory_bytes"] for result in measured),
        "flops": measured[0]["flops_per_example"], "class": results[0]["compute_class"],
    }


def peer(arguments, folder, row, processes, **settings):
    request = json.dumps({
        "model": str(arguments.model.resolve()), "train": str(folder / "train.csv"), "text": [arguments.text],
        "label": arguments.label, "max_length": LENGTH, "alpha_over_rank": 2, "epochs": 1, "batch_size": BATCH,
        "learning_rate": ROWS[row][2], "seed": 1, "threads": 2 // processes, "evaluate": False, **ROWS[row][1],
        **settings,
    })
    outputs, _ = together([[arguments.python, PEER]] * processes, [request] * processes)
    results = [json.loads(output.strip().splitlines()[-1]) for output in outputs]
    return sum(result["examples_per_second"] for result in results), results[0]


def product_rate(program):
    outputs, _ = together([[program, "profile", "rate", "--numerics", "bf16", "--seconds", "2"]] * 2)
    return sum(json.loads(output)["operations_per_second"] for output in outputs)


def measure_round(arguments, folder, row, examples, measured):
    def note(key, value):
        measured.setdefault(key, []).append(value)

    # States of an earlier row or round would be found.
    for seed in (1, 2):
        shutil.rmtree(folder / f"data{seed}", ignore_errors=True)
    result = ours(arguments.program, folder, row, examples)
    for key in ("steps", "whole", "memory"):
        note(key, result[key])
    if row == "top2":
        note("steps, states there", ours(arguments.program, folder, row, examples)["steps"])
    best = {"precision": "bf16", "length_buckets": True}
    for processes, key in ((1, "peer 1x2"), (2, "peer 2x1")):
        rate, answer = peer(arguments, folder, row, processes, **best)
        note(key, rate)
        note(f"{key} memory", answer["peak_rss_bytes"])
    if not arguments.best_only:
        note("peer, as usual", peer(arguments, folder, row, 1, trainer=True, precision="float32")[0])
    return result, answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--train", type=pathlib.Path, required=True, help="TSV, CSV (with a header) or JSON lines")
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--examples", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--best-only", action="store_true", help="leave out the peer as most people write it")
    parser.add_argument("--program", default=str(ROOT / ".build/release/peftsearch"))
    parser.add_argument("--python", default=str(ROOT / ".venv-peers/bin/python"), help="with torch and peft")
    parser.add_argument("--output", type=pathlib.Path, help="every measurement as JSON")
    arguments = parser.parse_args()
    rows = arguments.rows.split(",")
    unknown = [row for row in rows if row not in ROWS]
    if unknown:
        sys.exit(f"--rows: {unknown[0]} is none of {', '.join(ROWS)}")
    if not shutil.which(arguments.python):
        sys.exit(f"{arguments.python} is not there\n  try: make bench-training, which installs the peers")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        examples = write_task(folder, arguments)
        measured, flops, limit, versions = {row: {} for row in rows}, {}, [], {}
        for number in range(arguments.rounds):
            limit.append(product_rate(arguments.program))
            for row in rows:
                result, answer = measure_round(arguments, folder, row, examples, measured[row])
                flops[row], versions = result["flops"], {**answer, "class": result["class"]}
                print(f"round {number + 1} of {arguments.rounds}: {row}", file=sys.stderr)

    rate = statistics.median(limit)
    processor = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine())
    print(f"{examples} examples of {arguments.train.name}, batch {BATCH}, medians of {arguments.rounds}")
    print(f"{processor}, {os.cpu_count()} cores, {versions['class']}")
    print(f"torch {versions['torch']}, peft {versions['peft']}, transformers {versions['transformers']}, bf16")
    print(f"two slots reach {rate / 1e9:.0f} GFLOP/s of large bf16 products\n")
    print(f"{'':9}{'ours':>7}{'whole':>7}{'1 x 2':>7}{'2 x 1':>7}{'usual':>7}{'/best':>7}{'/usual':>8}"
          f"{'limit':>7}{'MiB':>6}{'peer':>6}")
    for row in rows:
        median = {key: statistics.median(values) for key, values in measured[row].items()}
        best, usual = max(median["peer 1x2"], median["peer 2x1"]), median.get("peer, as usual")
        memory = min(median["peer 1x2 memory"], median["peer 2x1 memory"])
        for key, label in (("steps", row), ("steps, states there", "  states")):
            if key not in median:
                continue
            print(f"{label:9}{median[key]:7.0f}{median['whole']:7.0f}{median['peer 1x2']:7.0f}"
                  f"{median['peer 2x1']:7.0f}{usual or 0:7.0f}{median[key] / best:6.2f}x"
                  + (f"{median[key] / usual:7.1f}x" if usual else f"{'':8}")
                  + f"{100 * median[key] * flops[row] / rate:5.0f} %{median['memory'] / 2**20:6.0f}{memory / 2**20:6.0f}")
    print("\nexamples/s: ours (steps of two slots), whole (processes from start to end), the peer as one process of two"
          "\nthreads, two of one, and by transformers.Trainer in float32; limit: the share of it that our steps reach;"
          "\nMiB: peak memory of a slot and of a peer process")
    if arguments.output:
        arguments.output.write_text(json.dumps(
            {"rows": measured, "flops_per_example": flops, "product_rate": limit, "versions": versions}, indent=2) + "\n")


if __name__ == "__main__":
    main()
