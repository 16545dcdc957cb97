"""Results as JSON lines, appended as soon as something is measured, so that what was cut off goes on."""

import contextlib
import fcntl
import json
import pathlib


class Results:
    """A folder with a file a name; a line says what it is of and what was measured."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def find(self, name, identity):
        """The lines of a file that are of this identity, in the order of their writing."""
        return [line for line in self.load(name) if line["of"] == identity]

    def load(self, pattern):
        """The lines of all files whose name matches."""
        found = []
        for path in sorted(self.folder.glob(f"{pattern}.jsonl")):
            for text in path.read_text(encoding="utf-8").splitlines():
                # What a kill cut in the middle of a line is measured again.
                with contextlib.suppress(json.JSONDecodeError):
                    found.append(json.loads(text))
        return found

    def add(self, name, identity, measured):
        path = self.folder / f"{name}.jsonl"
        with path.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
                file.write("\n")
            file.write(json.dumps({"of": identity, **measured}) + "\n")
