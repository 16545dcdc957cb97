"""The tables of docs/chaos.md, between its marks."""

BEGIN, END = "<!-- begin of what `make chaos` writes -->", "<!-- end -->"


def line(case):
    verdict = "good" if not case["problems"] else "WRONG"
    text = f"{case['case']:12} seed {case['seed']}  {case['seconds']:6.1f} s  {verdict}: {case['faults']} -> {case['found']}"
    return "\n".join([text, *(f"  left out: {reason}" for reason in case["left_out"]),
                      *(f"  {name}: {value}" for name, value in case["figures"].items())])


def write(results, page):
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + "\n\n".join([BEGIN, *sections(results), END]) + rest.split(END)[1])


def sections(results):
    return []
