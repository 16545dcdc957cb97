#!/usr/bin/env python3
"""Whether training in bf16 costs quality: paired seeds, bf16 minus float32.

    tools/compare_numerics.py --study FILE.yaml --configuration FILE.json [--seeds 10] [--processes 2]

The study file names model and task; its `numerics` is replaced. Each seed trains the configuration twice,
once a mode; both are measured in float32 on validation (and, if the file names `test` as validation, there).
Prints every pair, the mean difference in points of accuracy and its 90 % interval (Student's t).
"""

import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The 95th percentile of Student's t by degrees of freedom.
STUDENT = {1: 6.314, 2: 2.920, 3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860, 9: 1.833,
           14: 1.761, 19: 1.729, 29: 1.699}


def train(program, study, configuration, seed, folder):
    command = [program, "train", study, "--configuration", configuration, "--seed", str(seed), "--format", "json",
               "--data-dir", folder]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"peftsearch train failed: {result.stderr.strip()}")
    return json.loads(result.stdout)["measurements"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=pathlib.Path, required=True)
    parser.add_argument("--configuration", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--program", default=str(ROOT / ".build/release/peftsearch"))
    arguments = parser.parse_args()
    if arguments.seeds - 1 not in STUDENT:
        sys.exit(f"--seeds: expected one of {', '.join(str(degrees + 1) for degrees in STUDENT)}")

    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(arguments.processes) as pool:
        lines = [line for line in arguments.study.read_text().splitlines() if not line.startswith("numerics:")]
        runs = {}
        for numerics in ("bf16", "float32"):
            # Beside the original, because paths in it are relative to its folder.
            study = arguments.study.with_name(f".{arguments.study.stem}.{numerics}.yaml")
            study.write_text("\n".join([f"numerics: {numerics}", *lines]) + "\n")
            for seed in range(arguments.seeds):
                runs[numerics, seed] = pool.submit(
                    train, arguments.program, study, arguments.configuration, seed, f"{folder}/{numerics}")
        results = {key: run.result() for key, run in runs.items()}
        for numerics in ("bf16", "float32"):
            arguments.study.with_name(f".{arguments.study.stem}.{numerics}.yaml").unlink()

    print(f"{'seed':>4} {'bf16':>8} {'float32':>8} {'points':>7}")
    differences = []
    for seed in range(arguments.seeds):
        pair = [100 * results[numerics, seed]["accuracy"] for numerics in ("bf16", "float32")]
        differences.append(pair[0] - pair[1])
        print(f"{seed:>4} {pair[0]:>8.2f} {pair[1]:>8.2f} {differences[-1]:>+7.2f}")
    mean = statistics.mean(differences)
    half = STUDENT[arguments.seeds - 1] * statistics.stdev(differences) / arguments.seeds ** 0.5
    print(f"bf16 - float32: {mean:+.2f} points, 90 % interval {mean - half:+.2f} to {mean + half:+.2f}")
    seconds = {numerics: statistics.median(results[numerics, seed]["train_seconds"] for seed in range(arguments.seeds))
               for numerics in ("bf16", "float32")}
    print(f"median training: bf16 {seconds['bf16']:.1f} s, float32 {seconds['float32']:.1f} s of CPU time")


if __name__ == "__main__":
    main()
