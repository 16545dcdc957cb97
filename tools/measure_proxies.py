#!/usr/bin/env python3
"""How well training-free proxies order PEFT-Bench's configurations, by rank correlation with the final accuracy.

    tools/measure_proxies.py --model DIR --data DIR --wordnet DIR [--tasks wordnet,trec] [--limit N]

Runs `peftsearch proxies` on the configurations of Benchmarks/search/peft-bench/TASK.jsonl (seed 0) and writes
TASK.proxies.json: Spearman's correlation of every proxy, of the number of trainable parameters, of the learning rate,
and of the accuracy at lower rungs, over all configurations and over the better half, among which a search has to choose.
Needs the standard library only.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import time

import make_peft_bench as bench


def ranks(values):
    """From 0; ties share their mean."""
    order = sorted(range(len(values)), key=values.__getitem__)
    result = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            result[order[place]] = (start + end) / 2
        start = end + 1
    return result


def spearman(first, second):
    a, b = ranks(first), ranks(second)
    if len(set(a)) < 2 or len(set(b)) < 2:
        return None
    return round(statistics.correlation(a, b), 3)


def rows_of(task, limit):
    lines = (bench.FOLDER / f"{task}.jsonl").read_text().splitlines()
    rows = [row for row in map(json.loads, lines) if row["seed"] == 0 and "failure" not in row]
    return rows[:limit]


def proxies(program, task, folder, rows):
    """By configuration, as `peftsearch proxies` measures them; seconds of all."""
    path = folder / f"{task}.configurations.jsonl"
    path.write_text("".join(json.dumps(bench.configuration(row["assignment"])) + "\n" for row in rows))
    start = time.monotonic()
    child = subprocess.run(
        [program, "proxies", f"{task}.yaml", "--configurations", path.name, "--data-dir", f"kept-{task}"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in child.stdout.splitlines()], time.monotonic() - start


def report(rows, found):
    final = [row["rungs"][-1]["accuracy"] for row in rows]
    names = sorted(name for name in found[0]["proxies"])
    columns = {name: [entry["proxies"][name] for entry in found] for name in names}
    columns["trainable_parameters"] = [row["trainable_parameters"] for row in rows]
    columns["learning_rate"] = [row["assignment"]["training.learning_rate"] for row in rows]
    for place, rung in enumerate(rows[0]["rungs"][:-1]):
        columns[f"accuracy after {rung['share']:.2f}"] = [row["rungs"][place]["accuracy"] for row in rows]
    middle = statistics.median(final)
    better = [place for place, value in enumerate(final) if value >= middle]
    return {
        name: {
            "all": spearman(values, final),
            "better_half": spearman([values[place] for place in better], [final[place] for place in better]),
        }
        for name, values in columns.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=bench.ROOT / ".build/release/peftsearch")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--wordnet", type=pathlib.Path, default=bench.ROOT / ".demo/wordnet")
    parser.add_argument("--tasks", default="wordnet,trec")
    parser.add_argument("--work", type=pathlib.Path, default=bench.ROOT / ".peft-bench")
    parser.add_argument("--limit", type=int, help="configurations of each task")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    for task in arguments.tasks.split(","):
        bench.write_study(task, arguments, arguments.work)
        rows = rows_of(task, arguments.limit)
        found, seconds = proxies(str(arguments.program.resolve()), task, arguments.work, rows)
        result = {
            "task": task, "configurations": len(rows), "seconds_each": round(seconds / len(rows), 2),
            "spearman": report(rows, found)}
        (bench.FOLDER / f"{task}.proxies.json").write_text(json.dumps(result, indent=2) + "\n")
        print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
