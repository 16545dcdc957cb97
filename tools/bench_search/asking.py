"""A `peftsearch ask` process: the study, its proposals, and the meaning of any assignment."""

import dataclasses
import json
import subprocess


class Refused(Exception):
    """The program refused a line; the text says why."""


@dataclasses.dataclass(frozen=True)
class Candidate:
    """An assignment with what is known of it before it is evaluated."""

    assignment: dict
    configuration: dict
    known: dict
    duration: int
    label: str = None
    number: int = None
    rung: int = 0

    @classmethod
    def read(cls, members):
        return cls(
            members["assignment"], members["configuration"], members["known"], members["virtual_duration"],
            members.get("label"), members.get("number"), members.get("rung", 0))


class AskProcess:
    """Writes a line and reads its answer."""

    def __init__(self, program, study_file, **options):
        words = [f"--{name}={value}" for name, value in options.items() if value is not None]
        self._process = subprocess.Popen(
            [program, "ask", study_file, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.study = self._line()["study"]
        self.proposals = []
        self.front = None
        self._read_proposals()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def tell(self, number, metrics):
        """Adds to `proposals` what may start because of it."""
        self._write({"tell": {"number": number, "metrics": metrics}})
        self._read_proposals()

    def describe(self, assignment):
        self._write({"describe": assignment})
        answer = self._line()
        if "error" in answer:
            raise Refused(answer["error"]["reason"])
        return Candidate.read(answer["description"])

    def _write(self, line):
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def _line(self):
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"peftsearch ask ended with status {self._process.wait()}")
        return json.loads(line)

    def _read_proposals(self):
        while True:
            line = self._line()
            if "error" in line:
                raise Refused(line["error"]["reason"])
            if "trial" in line:
                self.proposals.append(Candidate.read(line["trial"]))
            else:
                self.front = line.get("front")
                return
