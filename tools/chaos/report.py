"""The tables of docs/chaos.md, between its marks, and a case's lines on a terminal."""

BEGIN, END = "<!-- begin of what `make chaos` writes -->", "<!-- end -->"


def line(case):
    verdict = "WRONG" if case["problems"] else "good" if case["found"] else "left out"
    text = (f"{case['case']:7} seed {case['seed']}  {case['seconds']:6.1f} s  {verdict}: {case['faults']}\n"
            f"        -> {case['found']}")
    return "\n".join([text, *(f"        left out: {reason}" for reason in case["left_out"]),
                      *(f"        missed: {reason}" for reason in case["missed"]),
                      *(f"        {name}: {value}" for name, value in case["figures"].items())])


def write(results, page):
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + "\n\n".join([BEGIN, *sections(results), END]) + rest.split(END)[1])


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def sections(results):
    cases = {case["case"]: case for case in results["cases"]}
    yield from circumstances(cases)
    yield table(["case", "seed", "faults", "what was found", "seconds", ""], [
        [case["case"], case["seed"], case["faults"], case["found"], f"{case['seconds']:.0f}",
         "**wrong**" if case["problems"] else "good" if case["found"] else "left out"] for case in cases.values()])
    yield from wrong(cases)
    yield from remarks(cases)
    yield from recovery(cases)
    yield from calls(cases)
    yield from others(cases)


def circumstances(cases):
    """When and where, once for the cases that share it."""
    shared = {}
    for name, case in cases.items():
        shared.setdefault((case["date"], case["processors"], case["note"]), []).append(name)
    yield "\n".join(f"- {', '.join(names)}: {date}, {processors} processors. {note}".rstrip()
                    for (date, processors, note), names in shared.items())


def wrong(cases):
    lines = [f"- {name}: {problem}" for name, case in cases.items() for problem in case["problems"]]
    if lines:
        yield "## Wrong\n\n" + "\n".join(lines)


def remarks(cases):
    lines = [f"- {name}, left out: {reason}" for name, case in cases.items() for reason in case["left_out"]]
    lines += [f"- {name}, missed: {reason}" for name, case in cases.items() for reason in case["missed"]]
    if lines:
        yield "## Left out, and missed\n\n" + "\n".join(lines)


def recovery(cases):
    rows = []
    if "pace" in cases:
        rows += [[name, *spread(found)] for name, found in cases["pace"]["figures"].items()]
    if "storm" in cases:
        rows += [[f"{name} killed, in the storm", *spread(cases["storm"]["figures"][name])]
                 for name in ("worker", "database", "controller")]
    if rows:
        yield "## Recovery\n\nSeconds.\n\n" + table(["", "times", "p50", "p95", "longest"], rows)


def spread(found):
    return [found["count"], *(found.get(name, "") for name in ("p50", "p95", "max"))]


def calls(cases):
    rows = []
    if "points" in cases:
        rows += [[role, ", ".join(f"`{name}`" for name in names)]
                 for role, names in cases["points"]["figures"].items()]
        yield "## Calls that write\n\nEach killed " + cases["points"]["faults"].split("each ")[-1] + ".\n\n" + table(
            ["life of", "calls"], rows)
    if "cuts" in cases:
        figures = cases["cuts"]["figures"]
        yield "## Where connections were cut"
        yield table(["place", "cuts"], figures["where"].items())
        yield table(["call", "cuts"], [[f"`{name}`", count] for name, count in figures["calls"].items()])


def others(cases):
    lines = []
    if "storm" in cases:
        figures = cases["storm"]["figures"]
        lines += ["- storm: attempts by their end: " + ", ".join(f"{n} {c:,}" for n, c in figures["attempts"].items())
                  + f"; {figures['fenced']} times a worker dropped what it no longer held; "
                  f"{figures['undisturbed_seconds']:.0f} s undisturbed, {figures['seconds']:.0f} s in the storm"]
    if "files" in cases:
        figures = cases["files"]["figures"]
        lines += ["- files, what the kills left: " + ", ".join(f"{n} {c} times" for n, c in
                                                              figures["what the kills left"].items())]
    lines += [f"- disks: {text}" for text in cases.get("disks", {}).get("figures", {}).get("how it showed", [])]
    if lines:
        yield "## How it went\n\n" + "\n".join(lines)
