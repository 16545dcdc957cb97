"""The resolved study of PEFT-Bench's tasks, which a benchmark needs in the place of model and data."""

import json
import pathlib
import tempfile

from .. import asking
from .model import FOLDER

# What the table was trained with, and the preset leaves open or at other values.
FIXED = {"training.epochs": {"choice": [2]}, "training.batch_size": {"choice": [16]}}


def write(program, study_file):
    """Writes TASK.study.json for a study file of tools/make_peft_bench.py, without paths of this machine."""
    study = json.loads(pathlib.Path(study_file).read_text())
    study["space"] = {"preset": "hybrid", **FIXED}
    study["numerics"] = "bf16"
    study.pop("search", None)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=pathlib.Path(study_file).parent) as file:
        json.dump(study, file)
        file.flush()
        with asking.AskProcess(program, file.name) as process:
            resolved = process.study
    resolved["directory"] = None
    resolved["model"]["path"] = pathlib.Path(resolved["model"]["path"]).name
    for split in ("train", "validation", "test"):
        members = resolved["task"].get(split)
        if isinstance(members, dict) and "path" in members:
            members["path"] = pathlib.Path(members["path"]).name
    path = FOLDER / f"{resolved['study']}.study.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"study": resolved}) + "\n")
    print(path)
