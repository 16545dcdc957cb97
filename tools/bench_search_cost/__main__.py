"""The command line of the benchmark of search cost."""

import argparse
import json
import os
import pathlib
import signal
import sys

from bench_end_to_end.results import Results

from . import campaign, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEARCH = {"strategy": "auto", "parallelism": 2, "rungs": 3, "derived": 8}


def names(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(prog="bench_search_cost")
    parser.add_argument("--program", default=str(ROOT / ".build/release/peftsearch"))
    parser.add_argument("--results", default=str(ROOT / "Benchmarks/search-cost/results"))
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what is missing in the results")
    run.add_argument("--model", type=pathlib.Path, default=ROOT / ".demo/models/all-MiniLM-L6-v2")
    run.add_argument("--data", type=pathlib.Path, required=True, help="has sst2/ and banking77/")
    run.add_argument("--tasks", type=names, default=["sst2", "banking77"])
    run.add_argument("--seeds", type=int, default=3)
    run.add_argument("--examples", type=int, default=3000, help="to train on, at most")
    run.add_argument("--searched", type=int, default=15, help="trials beside the six baselines")
    run.add_argument("--workers", type=int, default=os.cpu_count())
    run.add_argument("--search", type=json.loads, default=SEARCH, help="`search` of the study file, as JSON")
    commands.add_parser("table", help="what is in the results, on standard output")
    commands.add_parser("report", help="write it into docs/end-to-end.md")
    return parser.parse_args()


def main():
    arguments = parse()
    results = Results(arguments.results)
    if arguments.command == "table":
        print(report.text(results))
    elif arguments.command == "report":
        report.write(results, ROOT / "docs/end-to-end.md")
    else:
        # What runs is ended, and temporary folders are removed, on the way out.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        settings = campaign.Settings(
            str(pathlib.Path(arguments.program).resolve()), arguments.model.resolve(), arguments.data.resolve(),
            arguments.examples, arguments.searched, arguments.workers, arguments.search)
        campaign.run(settings, results, arguments.tasks, arguments.seeds)


if __name__ == "__main__":
    main()
