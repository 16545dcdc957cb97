"""Results: a JSON line a run, appended when the run is over, so that an interrupted benchmark goes on."""

import dataclasses
import fcntl
import json
import pathlib


@dataclasses.dataclass(frozen=True, order=True)
class Run:
    """What makes a run the one it is."""

    problem: str
    player: str
    parallelism: int
    seed: int


class Results:
    """A folder with a file a problem and player."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def load(self):
        """By run, what it recorded."""
        found = {}
        for path in sorted(self.folder.glob("*.jsonl")):
            for line in path.read_text().splitlines():
                record = json.loads(line)
                found[Run(*(record[field.name] for field in dataclasses.fields(Run)))] = record
        return found

    def append(self, run, record):
        path = self.folder / f"{run.problem}.{run.player}.jsonl"
        with path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(dataclasses.asdict(run) | record) + "\n")
