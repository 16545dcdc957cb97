"""Fits the surrogate to the table of a task and says how well it orders what it has not seen.

Per rung a quarter of the prediction comes from extremely randomized trees (Geurts et al. 2006), a quarter from
gradient boosting, and half from a Gaussian process, on the logit of the accuracy. Folds are drawn by configuration:
replicates stay together.
"""

import hashlib
import json
import lzma
import pathlib

import numpy
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingRegressor
from sklearn.model_selection import GroupKFold

from .features import Features
from .forest import Forest
from .model import FOLDER, blend, logit
from .smooth import Smooth

TREES, STAGES = 150, 400


def rows_of(task):
    """The trainings of a task, as they were written; compressed where the table is."""
    plain, packed = FOLDER / f"{task}.jsonl", FOLDER / f"{task}.jsonl.xz"
    text = plain.read_bytes() if plain.exists() else lzma.decompress(packed.read_bytes())
    return [json.loads(line) for line in text.splitlines()], hashlib.sha256(text).hexdigest()


def trees():
    """By kind."""
    return {
        "trees": ExtraTreesRegressor(TREES, min_samples_leaf=2, max_features=0.5, random_state=0, n_jobs=1),
        "boosted": GradientBoostingRegressor(
            n_estimators=STAGES, max_depth=5, learning_rate=0.04, subsample=0.5, max_features=0.3,
            min_samples_leaf=4, random_state=0),
    }


def parts(inputs, targets):
    """What a prediction is the mean of, by kind."""
    return {
        "smooth": Smooth.fitted(inputs.astype(float), targets),
        **{kind: forest(kind, model.fit(inputs, targets)) for kind, model in trees().items()}}


def forest(kind, model):
    if kind == "trees":
        return Forest.of_trees([tree.tree_ for tree in model.estimators_], 1 / TREES, 0)
    stages = [stage[0].tree_ for stage in model.estimators_]
    return Forest.of_trees(stages, model.learning_rate, float(model.init_.constant_.ravel()[0]))


def held_out(inputs, targets, groups):
    """Predictions of rows by models that have not seen their configuration."""
    result = numpy.zeros(len(targets))
    for seen, unseen in GroupKFold(5, shuffle=True, random_state=0).split(inputs, targets, groups):
        fitted = parts(inputs[seen], targets[seen])
        result[unseen] = [blend(fitted, row) for row in inputs[unseen]]
    return result


def noise(scores, groups):
    """The lower factor of the covariance between rungs of what differs between seeds of a configuration."""
    differences, freedom = [], 0
    for group in sorted(set(groups)):
        own = scores[groups == group]
        if len(own) > 1:
            differences.append(own - own.mean(axis=0))
            freedom += len(own) - 1
    if not freedom:
        return numpy.zeros((scores.shape[1],) * 2)
    stacked = numpy.concatenate(differences)
    return numpy.linalg.cholesky(stacked.T @ stacked / freedom + 1e-9 * numpy.eye(scores.shape[1]))


def fit(task):
    """Writes TASK.surrogate.npz and TASK.surrogate.json, and prints the held-out rank correlations."""
    rows, digest = rows_of(task)
    study = json.loads((FOLDER / f"{task}.study.json").read_text())["study"]
    features = Features(study["space"]["parameters"])
    inputs = numpy.array(
        [features.of(row["assignment"], row["trainable_parameters"]) for row in rows], dtype=numpy.float32)
    scores = numpy.array([[logit(rung["accuracy"]) for rung in row["rungs"]] for row in rows])
    groups = numpy.array([row["number"] for row in rows])
    arrays, correlations, errors = {"noise": noise(scores, groups)}, [], []
    for rung in range(scores.shape[1]):
        guesses = held_out(inputs, scores[:, rung], groups)
        correlations.append(round(float(spearmanr(guesses, scores[:, rung]).statistic), 4))
        errors.append(round(float(numpy.sqrt(numpy.mean((guesses - scores[:, rung]) ** 2))), 4))
        for kind, part in parts(inputs, scores[:, rung]).items():
            arrays |= part.arrays(f"{rung}.{kind}")
    path = FOLDER / f"{task}.surrogate.npz"
    numpy.savez_compressed(path, **arrays)
    facts = {
        "task": task, "trainings": len(rows), "configurations": len(set(groups.tolist())), "table_sha256": digest,
        "shares": [rung["share"] for rung in rows[0]["rungs"]], "held_out_spearman": correlations, "held_out_error_in_logits": errors,
        "noise_in_logits": numpy.sqrt(numpy.diag(arrays["noise"] @ arrays["noise"].T)).round(4).tolist(),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    pathlib.Path(FOLDER / f"{task}.surrogate.json").write_text(json.dumps(facts, indent=2) + "\n")
    print(json.dumps(facts, indent=2))
