"""The table of docs/end-to-end.md, between its marks."""

import json
import math
import os
import platform

from . import comparison

BEGIN, END = "<!-- begin of what `make bench-end-to-end` writes -->", "<!-- end of bench-end-to-end -->"


def write(results, page, trials):
    replace(page, BEGIN, END, text(results, trials))


def replace(page, begin, end, made):
    """Puts what was made between two marks of a page."""
    before, rest = page.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{made}\n\n{end}{after}", encoding="utf-8")


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def text(results, trials):
    rows = comparison.rows(results, trials)
    if not rows:
        return f"No pair of whole runs is among the results yet: {trials} trials of a rival, and ours with its seed."
    searches = sorted({json.dumps(row.search, sort_keys=True) for row in rows})
    return "\n\n".join([
        f"On {machine()}. Ours: `search: {'`, `'.join(searches)}`. Median (lower to upper quartile) over seeds.",
        table(
            ["task", "examples", "rival", "seeds", "its precision", f"its seconds for {trials} trials",
             "its hypervolume", "our seconds to that", "times less", "our final hypervolume", "our seconds in all"],
            [line(row) for row in rows])])


def line(row):
    return [
        row.task, f"{row.examples:,}", f"`{row.rival}`", len(row.pairs), row.precision,
        spread(row.quartiles("rival_seconds"), "{:,.0f}"), spread(row.quartiles("rival_hypervolume"), "{:.4f}"),
        spread(row.quartiles("seconds"), "{:,.0f}"), spread(row.quartiles("ratio"), "{:.1f}"),
        spread(row.quartiles("final_hypervolume"), "{:.4f}"), spread(row.quartiles("final_seconds"), "{:,.0f}")]


def spread(values, form):
    lower, middle, upper = (form.format(value) if math.isfinite(value) else "not reached" for value in values)
    return middle if lower == middle == upper else f"{middle} ({lower} to {upper})"


def machine():
    """The processor and its cores."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [one.split(":", 1)[1].strip() for one in file if one.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"
