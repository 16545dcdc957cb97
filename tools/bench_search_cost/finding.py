"""What a study found by itself: neither its named baselines nor what was derived from them."""

from bench_search.hypervolume import front, volume


def searched(study):
    """Trials that were trained to the end or derived from such, without the baselines' families."""
    labelled = {trial["number"] for trial in study["trials"] if trial["label"]}
    return [
        trial for trial in study["trials"]
        if trial["accuracy"] is not None and trial["number"] not in labelled and trial["parent"] not in labelled]


def front_of(bounds, trials):
    """The points of their front in the unit square."""
    return front(bounds.point(trial["accuracy"], trial["parameters"]) for trial in trials)


def volume_of(points):
    """The hypervolume of a front."""
    return volume([point for point in points if max(point) < 1])


def best(study):
    """The most accurate on validation, of those that can be measured on the test split; then the smallest.

    The program measures the front of all trials there. One that a baseline beats can be trained again to the same
    bits, unless it was derived."""
    testable = [
        trial for trial in searched(study) if trial["test_accuracy"] is not None or trial["parent"] is None]
    return max(testable, key=lambda trial: (trial["accuracy"], -trial["parameters"]), default=None)
