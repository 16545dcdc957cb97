#!/usr/bin/env python3
"""Training speed beside PyTorch + PEFT, on the same work in the same run.

    tools/bench_training.py --model DIR --train FILE [--text sentence --label label] [--examples 2048] [--rounds 3]

LoRA of rank 8 on query and value, batch 32, at most 64 tokens, float32, one epoch over the first
examples of the file. Ours: two `peftsearch train` side by side, one thread each; their whole time counts,
reading the model and measuring included. The peer: its training steps alone, with length buckets, as one
process with two threads and as two processes with one, whichever is faster. Medians over the rounds; the
rounds alternate, so that a busy machine slows both.
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
PROGRAM = ROOT / ".build/release/peftsearch"
PEER = ROOT / "Benchmarks/training/peer.py"
RANK, ALPHA_OVER_RANK, BATCH, LENGTH, LAYERS = 8, 2, 32, 64, 6


def rows(path, count):
    with open(path, encoding="utf-8", newline="") as file:
        if path.suffix == ".tsv":
            return [line.rstrip("\r\n").split("\t") for line in file][: count + 1]
        return list(csv.reader(file))[: count + 1]


def write_task(folder, train, arguments):
    """A study file and its data: the examples to train on, and 64 of them to measure on."""
    table = rows(train, arguments.examples)
    for name, part in (("train", table), ("validation", table[:65])):
        (folder / f"{name}.tsv").write_text("\n".join("\t".join(row) for row in part) + "\n", encoding="utf-8")
    (folder / "study.yaml").write_text(f"""
study: bench
model: {json.dumps(str(arguments.model.resolve()))}
task:
  train: train.tsv
  validation: validation.tsv
  text: {arguments.text}
  label: {arguments.label}
  max_length: {LENGTH}
""")
    ranks = {f"{layer}.{projection}": RANK for layer in range(LAYERS) for projection in ("query", "value")}
    (folder / "configuration.json").write_text(json.dumps({
        "components": [{"lora": {"ranks": ranks, "alpha_over_rank": ALPHA_OVER_RANK}}],
        "training": {"learning_rate": 1e-3, "epochs": 1, "batch_size": BATCH},
    }))
    return len(table) - 1


def ours(folder, examples):
    """Examples a second of two processes, all of their time counted."""
    start = time.monotonic()
    children = [
        subprocess.Popen(
            [PROGRAM, "train", folder / "study.yaml", "--configuration", folder / "configuration.json",
             "--seed", str(seed), "--format", "json", "--data-dir", folder / f"data{seed}"],
            stdout=subprocess.PIPE, text=True)
        for seed in (1, 2)
    ]
    outputs = [child.communicate()[0] for child in children]
    seconds = time.monotonic() - start
    if any(child.returncode for child in children):
        sys.exit("peftsearch train failed")
    results = [json.loads(output) for output in outputs]
    steps = sum(examples / result["measurements"]["train_seconds"] for result in results)
    memory = max(result["measurements"]["peak_memory_bytes"] for result in results)
    return 2 * examples / seconds, steps, memory, results[0]["compute_class"]


def peer(python, folder, arguments, processes):
    request = json.dumps({
        "model": str(arguments.model.resolve()), "train": str(folder / "train.tsv"),
        "validation": str(folder / "validation.tsv"), "text": [arguments.text], "label": arguments.label,
        "max_length": LENGTH, "method": "lora_qv", "rank": RANK, "alpha_over_rank": ALPHA_OVER_RANK,
        "learning_rate": 1e-3, "epochs": 1, "batch_size": BATCH, "seed": 1, "precision": "float32",
        "threads": 2 // processes, "length_buckets": True, "evaluate": False,
    })
    children = [
        subprocess.Popen([python, PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for child in children:
        child.stdin.write(request)
        child.stdin.close()
    results = []
    for child in children:
        output = child.stdout.read()
        if child.wait():
            sys.exit("the peer failed")
        results.append(json.loads(output.strip().splitlines()[-1]))
    return sum(result["examples_per_second"] for result in results), results[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--train", type=pathlib.Path, required=True, help="TSV or CSV with a header")
    parser.add_argument("--text", default="text")
    parser.add_argument("--label", default="label")
    parser.add_argument("--examples", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=str(ROOT / ".venv-peers/bin/python"), help="with torch and peft")
    arguments = parser.parse_args()
    if not shutil.which(arguments.python):
        sys.exit(f"{arguments.python} is not there\n  try: make bench-training, which installs the peers")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        examples = write_task(folder, arguments.train, arguments)
        measured = {"ours": [], "steps": [], "peer 1x2": [], "peer 2x1": []}
        memory = ours_class = peer_result = None
        for number in range(arguments.rounds):
            whole, steps, memory, ours_class = ours(folder, examples)
            measured["ours"].append(whole)
            measured["steps"].append(steps)
            for processes, key in ((1, "peer 1x2"), (2, "peer 2x1")):
                rate, peer_result = peer(arguments.python, folder, arguments, processes)
                measured[key].append(rate)
            print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)

    median = {key: statistics.median(values) for key, values in measured.items()}
    best = max(median["peer 1x2"], median["peer 2x1"])
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    print(f"LoRA r{RANK} q,v, batch {BATCH}, float32, {examples} examples of {arguments.train.name}")
    print(f"{model}, {os.cpu_count()} cores, {ours_class}")
    print(f"torch {peer_result['torch']}, peft {peer_result['peft']}, transformers {peer_result['transformers']}")
    print(f"{'':34}examples/s (median of {arguments.rounds})   of the best peer")
    for key, label in (("peer 1x2", "PyTorch, 1 process x 2 threads"), ("peer 2x1", "PyTorch, 2 processes x 1 thread"),
                       ("ours", "peftsearch, 2 slots, whole process"), ("steps", "peftsearch, 2 slots, steps (CPU)")):
        print(f"{label:36}{median[key]:8.0f}                  {median[key] / best:5.2f}x")
    print(f"peak memory: peftsearch slot {memory / 2**20:.0f} MiB, PyTorch process "
          f"{peer_result['peak_rss_bytes'] / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
