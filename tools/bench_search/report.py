"""The tables of docs/search-benchmark.md, between its marks, and the curves beside it."""

import statistics

from . import curves, problems
from .comparison import BUDGET, Comparison

AT = (25, 50, BUDGET)
BEGIN, END = "<!-- begin of what `make bench-search` writes -->", "<!-- end -->"


def write(results, docs):
    records = results.load()
    sections = [problem_table()]
    for parallelism in sorted({run.parallelism for run in records}):
        comparison = Comparison(records, parallelism)
        sections += [f"## Parallelism {parallelism}", rank_table(comparison), goal_table(comparison)]
        for problem in comparison.problems:
            image = f"search-benchmark/{problem}-{parallelism}.svg"
            (docs / image).parent.mkdir(exist_ok=True)
            curves.draw(comparison, problem, docs / image)
            sections += [f"### {problem}, parallelism {parallelism}", player_table(comparison, problem)]
            sections += [f"![Anytime curves of {problem}]({image})"]
    page = docs / "search-benchmark.md"
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(before + "\n\n".join([BEGIN, *sections, END]) + after)


def table(headings, rows):
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def problem_table():
    rows = []
    for name, kind in problems.BY_NAME.items():
        problem = kind()
        worst = ", ".join(f"{objective.metric} {objective.worst:.6g}" for objective in problem.objectives)
        best = ", ".join(f"{objective.best:.6g}" for objective in problem.objectives)
        rows.append([f"`{name}`", problem.summary, problem.source, worst, best, problem.best_hypervolume])
    return "## Problems\n\n" + table(
        ["problem", "space", "source", "reference point", "ideal", "best known hypervolume"], rows)


def rank_table(comparison):
    ranks = {count: comparison.ranks(count) for count in AT}
    order = sorted(ranks[BUDGET], key=ranks[BUDGET].get)
    rows = [[f"`{player}`", *(f"{ranks[count][player]:.2f}" for count in AT)] for player in order]
    title = f"Mean ranks over {len(comparison.ranked)} problems, of medians over seeds, after so many evaluations:"
    return title + "\n\n" + table(["player", *AT], rows)


def goal_table(comparison, player="auto"):
    rows = []
    for problem in comparison.problems:
        rival = comparison.strongest_rival(problem)
        if rival is None or not comparison.curves.get((problem, player)):
            continue
        goal = comparison.median(problem, rival, BUDGET)
        own = comparison.evaluations_until(problem, player, goal)
        rows.append([f"`{problem}`", f"`{rival}`", f"{goal:.4f}", own or f"> {BUDGET}"])
    return f"Evaluations until `{player}` has the strongest rival's hypervolume of {BUDGET}:\n\n" + table(
        ["problem", "strongest rival", "its hypervolume", f"`{player}` needs"], rows)


def player_table(comparison, problem):
    rows = []
    present = [player for player in comparison.players if comparison.curves.get((problem, player))]
    for player in sorted(present, key=lambda name: -comparison.median(problem, name, BUDGET)):
        distance = comparison.distance(problem, player)
        rows.append([
            f"`{player}`", len(comparison.curves[problem, player]),
            *(quartiles(comparison.at(problem, player, count).values()) for count in AT),
            f"{comparison.area(problem, player):.4f}", "-" if distance is None else f"{distance:.4f}",
            test(comparison, problem, player)])
    return table(["player", "seeds", *(f"at {count}" for count in AT), "area", "IGD+", "p against `auto`"], rows)


def quartiles(values):
    values = sorted(values)
    if len(values) < 2:
        return f"{values[0]:.4f}"
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return f"{median:.4f} ({lower:.4f} to {upper:.4f})"


def test(comparison, problem, player):
    if player == "auto" or not comparison.curves.get((problem, "auto")):
        return "-"
    value = comparison.probability(problem, "auto", player)
    return "-" if value is None else f"{value:.1g}"
