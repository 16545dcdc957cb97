#!/usr/bin/env python3
"""Feeds bad files to every reader of files from outside, with libFuzzer.

What libFuzzer keeps because it reached new code lies in the corpus folder and
is where the next run begins. An input that ends a reader, takes too long or
too much memory stays in the folder `found`, and the exit status is 1.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

LIMITS = ["-rss_limit_mb=1024", "-malloc_limit_mb=512", "-timeout=10"]


def readers(driver):
    """The names that the driver lists when it is given none."""
    listed = subprocess.run([driver], capture_output=True, text=True, env=environment("", ""))
    return listed.stderr.split("expected one of ")[1].split()


def environment(reader, seeds):
    # Swift's backtraces would end the process before libFuzzer has kept the input.
    variables = {**os.environ, "PEFTSEARCH_FUZZ_READER": reader, "OPENBLAS_NUM_THREADS": "1",
                 "SWIFT_BACKTRACE": "enable=no"}
    if seeds:
        variables["PEFTSEARCH_FUZZ_SEEDS"] = str(seeds)
    return variables


def run(driver, reader, runs, folder, options):
    """One reader: the row of the table, and whether it went well."""
    corpus, found = folder / "corpus" / reader, folder / "found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory, prefix="peftsearch-fuzz-") as scratch:
        seeds = pathlib.Path(scratch, "seeds")
        seeds.mkdir()
        command = [driver, f"-runs={runs}", f"-max_len={options.max_len}", f"-seed={options.seed}", "-mutate_depth=1",
                   f"-artifact_prefix={found}/{reader}-", "-print_final_stats=1", *LIMITS, corpus, seeds]
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              env={**environment(reader, seeds), "TMPDIR": scratch})
        seconds = time.monotonic() - start
    text = done.stdout + done.stderr
    log = folder / f"{reader}.log"
    log.write_text(text)
    outcomes = re.search(r"outcomes: (\d+) (\d+) (\d+)", text)
    peak = re.search(r"peak_rss_mb:\s+(\d+)", text)
    counts = [int(count) for count in outcomes.groups()] if outcomes else [0, 0, 0]
    if done.returncode != 0:
        print(f"{reader}: ended with {done.returncode}; see {log} and {found}", file=sys.stderr)
    return (reader, sum(counts), *counts, seconds, int(peak[1]) if peak else 0), done.returncode == 0


def table(rows):
    widths = "{:20} {:>9} {:>9} {:>9} {:>10} {:>8} {:>8}"
    print(widths.format("reader", "runs", "accepted", "refused", "malformed", "seconds", "peak MB"))
    for name, *counts, seconds, peak in rows:
        print(widths.format(name, *counts, f"{seconds:.0f}", peak))
    totals = [sum(row[column] for row in rows) for column in range(1, 6)]
    print(widths.format("all", *totals[:4], f"{totals[4]:.0f}", max(row[6] for row in rows)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", required=True, help="the program that is built with -sanitize=fuzzer")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(".fuzzing"))
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs over all readers")
    parser.add_argument("--readers", nargs="*", help="some of them; default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-len", type=int, default=1 << 16, help="bytes of an input")
    options = parser.parse_args()
    names = options.readers or readers(options.driver)
    share = -(-options.runs // len(names))
    rows, all_well = [], True
    for name in names:
        row, is_well = run(options.driver, name, share, options.folder, options)
        rows.append(row)
        all_well = all_well and is_well
        print(f"{name}: {row[1]} runs in {row[5]:.0f} s", file=sys.stderr, flush=True)
    table(rows)
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main())
