#!/usr/bin/env python3
"""How long a proposal takes, beside Optuna's samplers in memory, in the same run.

    tools/bench_proposals.py --program .build/release/peftsearch [--strategies tpe,nsga2]
                             [--histories 100,1000,5000] [--output FILE.json]

Ours are the medians of `peftsearch profile proposals`. The peer runs where this Python has `optuna`: the same
20 parameters (8 numbers, 6 whole numbers, 6 choices of 4) and two objectives, a study filled with random trials,
`study.ask()` and all `suggest_*`; its GP needs `torch`. `first` is a plan made anew from stored trials with its first
proposal; Optuna has none without a store. Milliseconds; `-` was not measured, as a shorter history took over 5 s.
"""

import argparse
import importlib.util
import json
import pathlib
import random
import statistics
import subprocess
import time

LONGEST = 5.0


def parameters():
    """Name, kind, bounds or choices, whether logarithmic."""
    rows = [(f"float{i}", "float", (0.0, 1.0), False) for i in range(4)]
    rows += [(f"log_float{i}", "float", (1e-5, 1e-1), True) for i in range(4)]
    rows += [(f"int{i}", "int", (1, 20), False) for i in range(3)]
    rows += [(f"log_int{i}", "int", (1, 256), True) for i in range(3)]
    return rows + [(f"choice{i}", "choice", ("a", "b", "c", "d"), False) for i in range(6)]


def samplers(optuna):
    tpe = optuna.samplers.TPESampler
    rows = {
        "optuna random": lambda: optuna.samplers.RandomSampler(seed=1),
        "optuna NSGA-II": lambda: optuna.samplers.NSGAIISampler(seed=1),
        "optuna TPE": lambda: tpe(seed=1),
        "optuna TPE multivariate": lambda: tpe(seed=1, multivariate=True),
    }
    if importlib.util.find_spec("torch"):
        rows["optuna GP"] = lambda: optuna.samplers.GPSampler(seed=1)
    return rows


def ask(study):
    trial = study.ask()
    for name, kind, values, is_logarithmic in parameters():
        if kind == "float":
            trial.suggest_float(name, *values, log=is_logarithmic)
        elif kind == "int":
            trial.suggest_int(name, *values, log=is_logarithmic)
        else:
            trial.suggest_categorical(name, values)
    return trial


def random_trials(optuna, count):
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=optuna.samplers.RandomSampler(seed=2))
    generator = random.Random(3)
    for _ in range(count):
        study.tell(ask(study), [generator.random(), generator.random()])
    return study.trials


def peer_rows(histories, repeats):
    try:
        import optuna
    except ImportError:
        return []
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rows, stored = [], random_trials(optuna, max(histories))
    for name, make in samplers(optuna).items():
        row = {"space": "literal", "strategy": f"{name} {optuna.__version__}", "milliseconds": {}}
        for count in histories:
            study = optuna.create_study(directions=["maximize", "minimize"], sampler=make())
            study.add_trials(stored[:count])
            times = []
            for _ in range(repeats):
                start = time.perf_counter()
                trial = ask(study)
                times.append(1000 * (time.perf_counter() - start))
                study.tell(trial, [0.5, 0.5])
                if sum(times) > 4000 * LONGEST:
                    break
            row["milliseconds"][str(count)] = statistics.median(times)
            if statistics.median(times) > 1000 * LONGEST:
                break
        rows.append(row)
        print(f"{row['strategy']} is measured", flush=True)
    return rows


def table(rows, histories):
    headings = ["space", "strategy"] + [str(count) for count in histories] + ["first 5000"]
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    for row in rows:
        cells = [row["milliseconds"].get(str(count)) for count in histories]
        cells.append(row.get("first_milliseconds", {}).get("5000"))
        texts = ["-" if cell is None else f"{cell:.3g}" for cell in cells]
        lines.append("| " + " | ".join([row["space"], row["strategy"]] + texts) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--strategies")
    parser.add_argument("--histories", default="100,200,1000,5000,10000")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    histories = [int(text) for text in options.histories.split(",")]
    command = [options.program, "profile", "proposals", "--format", "json", "--histories", options.histories]
    command += ["--repeats", str(options.repeats), "--longest", str(LONGEST)]
    if options.strategies:
        command += ["--strategies", options.strategies]
    rows = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    rows += peer_rows(histories, options.repeats)
    if options.output:
        options.output.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows, histories))


if __name__ == "__main__":
    main()
