"""Anytime curves as SVG: what is missing to the best known hypervolume, medians with the middle half."""

import numpy


def draw(comparison, problem, path):
    import matplotlib

    matplotlib.use("svg")
    # Equal bytes for equal data.
    matplotlib.rcParams["svg.hashsalt"] = "bench_search"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4.2))
    for player in comparison.players:
        curves = list(comparison.curves.get((problem, player), {}).values())
        if not curves:
            continue
        missing = numpy.clip(1 - numpy.array([curve[: min(map(len, curves))] for curve in curves]), 1e-4, 1)
        lower, median, upper = numpy.quantile(missing, [0.25, 0.5, 0.75], axis=0)
        counts = numpy.arange(1, missing.shape[1] + 1)
        line, = axes.plot(counts, median, label=player, linewidth=2.2 if player == "auto" else 1.2)
        axes.fill_between(counts, lower, upper, color=line.get_color(), alpha=0.12, linewidth=0)
    axes.set(
        yscale="log", xlabel="evaluations", ylabel="1 - hypervolume / best known", title=problem, xlim=(1, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, ncols=2)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
