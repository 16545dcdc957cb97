"""The tables of docs/queue-benchmark.md, between its marks."""

import statistics

BEGIN, END = "<!-- begin of what `make bench-queue` writes -->", "<!-- end -->"


def write(results, page):
    sections = [beside(results), parallel(results), growth(results), readers(results)]
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + "\n\n".join([BEGIN, *filter(None, sections), END]) + rest.split(END)[1])


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def beside(results):
    rows = []
    for workers in sorted({run["workers"] for run in results["runs"]}):
        def runs(side):
            return [run for run in results["runs"] if (run["side"], run["workers"]) == (side, workers)]

        def median(side, key):
            return statistics.median(run[key] for run in runs(side))

        ratios = [ours["rate"] / theirs["rate"] for ours, theirs in zip(runs("ours"), runs("optuna"))]
        for side, name in (("ours", "PEFT Search"), ("optuna", "Optuna 5")):
            rates = [run["rate"] for run in runs(side)]
            rows.append([workers, name, f"{statistics.median(rates):.1f}", f"{min(rates):.1f} to {max(rates):.1f}",
                         f"{median(side, 'statements'):.2f}", f"{median(side, 'commits'):.2f}",
                         f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
                         if side == "ours" else ""])
    note = f" {results['note']}" if results["note"] else ""
    return (f"{results['date']}, {results['processors']} processors, PostgreSQL {results['postgresql']}, parallelism "
            f"{results['parallelism']}, medians of {len(ratios)} interleaved repeats.{note}\n\n" + table(
                ["workers", "", "trials/s", "range", "statements a trial", "commits a trial", "ratio"], rows))


def growth(results):
    if "growth" not in results:
        return None
    rows = [[f"{window['around']:,}", f"{window['first']:,} to {window['last']:,}", f"{window['rate']:.1f}"]
            for window in results["growth"]["windows"]]
    whole = results["growth"]["whole"]
    return (f"## Growth\n\nOne study of {whole['trials']:,} trials, 8 workers: {whole['rate']:.1f} trials/s as a whole,"
            f" {whole['statements']:.2f} statements and {whole['commits']:.2f} commits a trial.\n\n"
            + table(["around trial", "from, to", "trials/s"], rows))


def parallel(results):
    rows = [[count, f"{run['rate']:.1f}", f"{run['statements']:.2f}", f"{run['commits']:.2f}"]
            for count, run in results["by_parallelism"].items()]
    return "## Parallelism\n\n8 workers.\n\n" + table(
        ["`search.parallelism`", "trials/s", "statements a trial", "commits a trial"], rows)


def readers(results):
    if "readers" not in results:
        return None
    rows = [[label, f"{seconds:.2f}"] for label, seconds in results["readers"].items()]
    resumed = ""
    if "resume" in results:
        resumed = (f"\n\nA controller that resumes such a study while it runs reads all of it: "
                   f"{results['resume']['seconds']:.0f} s and {results['resume']['megabytes']:,.0f} MB until it proposes "
                   "the next trial.")
    return (f"## {results['filled']:,} trials\n\nEach a process from its start to its end, the best of three.\n\n"
            + table(["reader", "seconds"], rows) + resumed)
