#!/usr/bin/env python3
"""Makes the values of Tests/PEFTTests/Fixtures/metrics with scikit-learn, SciPy and seqeval.

    python3 -m venv .metrics && .metrics/bin/pip install scikit-learn==1.9.1 scipy==1.17.1 seqeval==1.2.2
    .metrics/bin/python tools/make_metric_values.py

Only needed to make the fixture anew: the tests read the committed file. Two runs write the same bytes.

metrics.json
  classification   random labels and predictions with accuracy, macro F1 and Matthews' correlation
  regression       random numbers, many of them equal, with Pearson's and Spearman's correlation
  tags             random tag sequences, half of them no valid IOB2, some with E- and S-, with seqeval's
                   precision, recall, F1 (default mode, micro average) and accuracy
  intervals        percentile intervals of 20,000 resamples by NumPy, which another 1,000 should come near
"""

import argparse
import importlib.metadata
import json
import warnings
from pathlib import Path

import numpy
import scipy.stats
import seqeval.metrics
import sklearn
import sklearn.metrics

SEED = 11
RESAMPLES = 20_000


def rounded(value):
    return float(f"{value:.12g}")


def classification(random, classes, count, noise, used):
    """Labels are drawn from the first `used` classes, so that some may not occur."""
    labels = random.integers(0, used, count)
    predictions = numpy.where(random.random(count) < noise, random.integers(0, classes, count), labels)
    return {
        "classes": classes, "labels": labels.tolist(), "predictions": predictions.tolist(),
        "accuracy": rounded(sklearn.metrics.accuracy_score(labels, predictions)),
        "macro_f1": rounded(sklearn.metrics.f1_score(labels, predictions, average="macro", zero_division=0)),
        "mcc": rounded(sklearn.metrics.matthews_corrcoef(labels, predictions)),
    }


def regression(random, count, digits, noise, offset=0):
    labels = numpy.round(random.normal(0, 2, count), digits) + offset
    predictions = numpy.round(labels + random.normal(0, noise, count), 4).astype(numpy.float32).astype(float)
    return {
        "labels": [rounded(value) for value in labels], "predictions": [rounded(value) for value in predictions],
        "pearson": rounded(scipy.stats.pearsonr(labels, predictions).statistic),
        "spearman": rounded(scipy.stats.spearmanr(labels, predictions).statistic),
        "mse": rounded(((predictions - labels) ** 2).mean()),
        "mae": rounded(abs(predictions - labels).mean()),
    }


def tag_case(random, places, count):
    tags = ["O"] + [f"{place}-{kind}" for place in places for kind in ("PER", "LOC", "a-b")]
    weights = numpy.array([3.0] + [1.0] * (len(tags) - 1))
    labels, predictions = [], []
    for _ in range(count):
        length = int(random.integers(1, 12))
        sentence = random.choice(tags, length, p=weights / weights.sum()).tolist()
        labels.append(sentence)
        predictions.append(
            [str(random.choice(tags)) if random.random() < 0.25 else tag for tag in sentence])
    return labels, predictions


def tag_scores(labels, predictions):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "span_precision": rounded(seqeval.metrics.precision_score(labels, predictions, zero_division=0)),
            "span_recall": rounded(seqeval.metrics.recall_score(labels, predictions, zero_division=0)),
            "span_f1": rounded(seqeval.metrics.f1_score(labels, predictions, zero_division=0)),
            "token_accuracy": rounded(seqeval.metrics.accuracy_score(labels, predictions)),
        }


def interval(random, units, statistic):
    values = [statistic(units[random.integers(0, len(units), len(units))]) for _ in range(RESAMPLES)]
    low, high = numpy.quantile(values, [0.025, 0.975])
    return [rounded(low), rounded(high)]


def intervals(random, case, regression_case):
    pairs = numpy.column_stack([case["labels"], case["predictions"]])
    numbers = numpy.column_stack([regression_case["labels"], regression_case["predictions"]])
    return {
        "accuracy": interval(random, pairs, lambda some: (some[:, 0] == some[:, 1]).mean()),
        "mcc": interval(random, pairs, lambda some: numpy.corrcoef(some[:, 0], some[:, 1])[0, 1]),
        "pearson": interval(random, numbers, lambda some: numpy.corrcoef(some[:, 0], some[:, 1])[0, 1]),
        "spearman": interval(random, numbers, lambda some: numpy.corrcoef(
            scipy.stats.rankdata(some[:, 0]), scipy.stats.rankdata(some[:, 1]))[0, 1]),
    }


def main():
    fixture = Path(__file__).resolve().parent.parent / "Tests/PEFTTests/Fixtures/metrics/metrics.json"
    parser = argparse.ArgumentParser(description="Makes the values of the metrics' tests.")
    parser.add_argument("--out", type=Path, default=fixture, help="file to write (default: the fixture)")
    out = parser.parse_args().out
    random = numpy.random.default_rng(SEED)
    # Two classes first: of them Matthews' is Pearson's correlation.
    classes = [
        classification(random, 2, 200, 0.4, 2), classification(random, 6, 150, 0.5, 6),
        classification(random, 9, 60, 0.7, 4), classification(random, 3, 30, 1.0, 1),
    ]
    numbers = [
        regression(random, 200, 1, 1), regression(random, 50, 0, 3), regression(random, 40, 2, 0.5, offset=1e4),
    ]
    tags = []
    for places, count in [("BI", 40), ("BI", 1), ("BIES", 40), ("B", 10), ("I", 10)]:
        labels, predictions = tag_case(random, places, count)
        tags.append({"labels": labels, "predictions": predictions} | tag_scores(labels, predictions))
    values = {
        "classification": classes, "regression": numbers, "tags": tags,
        "intervals": intervals(random, classes[0], numbers[0]),
        "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__,
                     "seqeval": importlib.metadata.version("seqeval"), "numpy": numpy.__version__},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(values, separators=(",", ":")) + "\n")
    print(f"{len(classes) + len(numbers) + len(tags)} cases in {out}")


if __name__ == "__main__":
    main()
