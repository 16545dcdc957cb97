"""The hypervolume of a search as it grows, by the program's rule, the same for both sides."""

import dataclasses
import math

from bench_search.hypervolume import Hypervolume


@dataclasses.dataclass(frozen=True)
class Bounds:
    """Accuracy counts from a constant predictor's to 1, parameters in log10 from full fine-tuning to the head."""

    constant_accuracy: float
    full_parameters: int
    head_parameters: int

    def point(self, accuracy, parameters):
        """In the unit square, both to be made small."""
        span = math.log10(self.full_parameters / self.head_parameters)
        cost = math.log10(parameters / self.head_parameters) / span
        return (1 - accuracy) / (1 - self.constant_accuracy), cost


def curve(bounds, trials):
    """(seconds, hypervolume) after every trial that was trained to the end, in the order of time."""
    grown, found = Hypervolume(2), []
    done = [trial for trial in trials if trial.get("accuracy") is not None]
    for trial in sorted(done, key=lambda trial: trial["seconds"]):
        found.append((trial["seconds"], grown.add(bounds.point(trial["accuracy"], trial["parameters"]))))
    return found


def seconds_until(points, value):
    """The first second at which a curve has a hypervolume, or None."""
    return next((seconds for seconds, reached in points if reached >= value), None)
