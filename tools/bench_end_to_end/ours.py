"""Our side: `peftsearch run` from a cold start, with the second at which every trial ended."""

import collections
import contextlib
import json
import re
import subprocess
import time

DONE = re.compile(r"trial (\d+)\b.* done: ")


def run(program, study_file, study, data_folder, workers):
    """What is measured of one whole study; the clock runs from the start of the process to the end of each trial.

    Its progress has a line a trial as it ends, in which numbers are rounded; the exact ones are asked for later. A
    trial without such a line counts at the end of the run."""
    options = ["--data-dir", str(data_folder)]
    started, stamps, said = time.monotonic(), {}, collections.deque(maxlen=20)
    with stopped_database(program, options):
        process = subprocess.Popen(
            [program, "run", str(study_file), "--workers", str(workers), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            for line in process.stderr:
                said.append(line)
                found = DONE.match(line)
                if found:
                    stamps.setdefault(int(found[1]), time.monotonic() - started)
            status = process.wait()
        finally:
            # A run that goes on without its reader would train beside the next measurement.
            if process.poll() is None:
                process.terminate()
                process.wait()
        seconds = time.monotonic() - started
        if status:
            raise SystemExit(f"peftsearch run {study_file} ended with status {status}\n{''.join(said)}")
        trials = answer(program, ["trials", study, *options])["trials"]
        front = answer(program, ["front", study, *options])
    return {
        "wall_seconds": seconds, "hypervolume": front["hypervolume"],
        "trials": [record(trial, stamps.get(trial["number"], seconds)) for trial in trials], "front": [one["number"] for one in front["trials"]],
    }


@contextlib.contextmanager
def stopped_database(program, options):
    """The private database ends with the measurement."""
    try:
        yield
    finally:
        subprocess.run([program, "database", "stop", *options], capture_output=True, check=False)


def answer(program, words):
    text = subprocess.run([program, *words, "--format", "json"], check=True, capture_output=True, text=True).stdout
    return json.loads(text)


def record(trial, seconds):
    """Accuracy only of trials that reached the last rung: the others are on no front."""
    measured = trial["measurements"] or {}
    is_done = trial["state"] == "done"
    return {
        "number": trial["number"], "state": trial["state"], "label": trial["label"], "parent": trial["parent"],
        "rung": trial["rung"], "accuracy": measured.get("accuracy") if is_done else None,
        "test_accuracy": measured.get("test_accuracy"), "parameters": measured.get("trainable_parameters"),
        "flops_per_example": measured.get("flops_per_example"), "train_seconds": measured.get("train_seconds"),
        "seconds": seconds, "configuration": trial["configuration"], "seed": trial["seed"],
    }
