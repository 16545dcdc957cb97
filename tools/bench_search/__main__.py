"""The command line of the search benchmark."""

import argparse
import os
import pathlib

from . import campaign, players, problems, quick
from .results import Results

ROOT = pathlib.Path(__file__).resolve().parents[2]


def names(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(prog="bench_search")
    parser.add_argument("--program", default=str(ROOT / ".build/release/peftsearch"))
    parser.add_argument("--results", default=str(ROOT / "Benchmarks/search/results"))
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what is missing in the results")
    run.add_argument("--problems", type=names, default=list(problems.BY_NAME))
    run.add_argument("--players", type=names, default=["auto", "random", *players.RIVALS])
    run.add_argument("--parallelism", type=lambda text: [int(word) for word in text.split(",")], default=[1, 4])
    run.add_argument("--seeds", type=int, default=20)
    run.add_argument("--trials", type=int, default=100)
    run.add_argument("--processes", type=int, default=os.cpu_count())
    table = commands.add_parser("table", help="medians of what is in the results, on standard output")
    table.add_argument("--parallelism", type=int, default=1)
    commands.add_parser("report", help="docs/search-benchmark.md and its curves")
    references = commands.add_parser("references", help="make reference sets anew")
    references.add_argument("--problems", type=names, default=[p.name for p in problems.SYNTHETIC])
    study = commands.add_parser("study", help="PEFT-Bench: resolve a task's study")
    study.add_argument("file", help="the study file that the table was trained with")
    fit = commands.add_parser("fit", help="PEFT-Bench: fit a task's surrogate to its table")
    fit.add_argument("task")
    commands.add_parser("quick", help="our strategies beside random search on two problems, in a minute")
    return parser.parse_args()


def make_references(arguments):
    from . import references
    from .surrogate import references as searched

    for name in arguments.problems:
        problem = problems.BY_NAME[name]
        if problem in problems.SYNTHETIC:
            references.make(problem())
        else:
            references.store(name, searched.make(problem.task, arguments.program))


def main():
    arguments = parse()
    results = Results(arguments.results) if arguments.command != "quick" else None
    if arguments.command == "run":
        wanted = campaign.wanted(
            arguments.problems, arguments.players, arguments.parallelism, arguments.seeds)
        campaign.run(wanted, results, arguments.program, arguments.trials, arguments.processes)
    elif arguments.command == "table":
        from . import table

        table.show(results, arguments.parallelism)
    elif arguments.command == "report":
        from . import report

        report.write(results, ROOT / "docs")
    elif arguments.command == "references":
        make_references(arguments)
    elif arguments.command == "study":
        from .surrogate import study

        study.write(arguments.program, arguments.file)
    elif arguments.command == "fit":
        from .surrogate import fit

        fit.fit(arguments.task)
    else:
        quick.run(arguments.program)


if __name__ == "__main__":
    main()
