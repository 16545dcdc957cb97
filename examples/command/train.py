#!/usr/bin/env python3
"""Trains one trial: a small network on two noisy rings, in plain Python.

The whole protocol is here: one request on standard input, reports and one result on standard output, and a
checkpoint in the trial's folder. Everything depends on the request alone, so a trial that is tried again
gives the same result.
"""

import json
import math
import os
import random
import sys


def rings(seed, count):
    """Points of two rings around each other: (x, y, label)."""
    generator = random.Random(seed)
    points = []
    for index in range(count):
        label = index % 2
        angle = generator.uniform(0, 2 * math.pi)
        radius = 1.0 + label + generator.gauss(0, 0.25)
        points.append((radius * math.cos(angle), radius * math.sin(angle), label))
    return points


def features(x, y, settings):
    """What the classifier sees: powers of the coordinates, or random ReLU units."""
    if settings["method"] == "polynomial":
        degree = settings["degree"]
        return [x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)]
    generator = random.Random(17)
    units = [[generator.gauss(0, 1) for _ in range(3)] for _ in range(settings["width"])]
    return [1.0] + [max(0.0, a * x + b * y + c) for a, b, c in units]


def probability(weights, row):
    total = sum(w * v for w, v in zip(weights, row))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def accuracy(weights, rows):
    right = sum((probability(weights, row) > 0.5) == (label == 1) for row, label in rows)
    return right / len(rows)


def save(path, state):
    """A file that is there is whole, whenever we are killed."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(path + ".new", path)


def main():
    request = json.load(sys.stdin)
    trial, settings = request["trial"], request["trial"]["configuration"]
    data_seed = request["study"]["seed"]
    train = [(features(x, y, settings), label) for x, y, label in rings(data_seed, 300)]
    validation = [(features(x, y, settings), label) for x, y, label in rings(data_seed + 1, 300)]

    checkpoint = os.path.join(request["workdir"], "state.json")
    weights, first = [0.0] * len(train[0][0]), 0
    if request["resume"] and os.path.exists(checkpoint):
        with open(checkpoint, encoding="utf-8") as file:
            state = json.load(file)
        weights, first = state["weights"], state["epoch"]
        print(f"going on after epoch {first}", file=sys.stderr)

    for epoch in range(first, settings["epochs"]):
        order = list(range(len(train)))
        random.Random(trial["seed"] + epoch).shuffle(order)
        for index in order:
            row, label = train[index]
            error = probability(weights, row) - label
            for position, value in enumerate(row):
                weights[position] -= settings["learning_rate"] * error * value
        save(checkpoint, {"weights": weights, "epoch": epoch + 1})
        report = {"step": epoch + 1, "metrics": {"accuracy": accuracy(weights, validation)}}
        print(json.dumps({"report": report}), flush=True)

    metrics = {"accuracy": accuracy(weights, validation), "parameters": len(weights)}
    print(json.dumps({"result": {"metrics": metrics}}), flush=True)


main()
