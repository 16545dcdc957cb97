"""Workers and slots killed as the files of a native trial appear: created, written, synced, renamed."""

import ctypes
import hashlib
import os
import random
import select
import shutil
import struct
import time

from . import comparison
from .calm import calm
from .proxy import kill
from .result import Result
from .subject import Subject, stop, wait

# inotify(7).
EVENTS = {"created": 0x100, "written": 0x2, "synced and closed": 0x8, "renamed": 0x80}
CRASHED = "SELECT count(*) FROM peftsearch.work WHERE crashes > 0 AND state <> 'finished'"
ROUNDS = {"full": 3, "short": 1}
STUDY = """\
study: {name}
seed: {seed}
model: model
task: {{kind: classification, train: train.tsv, validation: validation.tsv, text: text, label: label, max_length: 16}}
objectives: [maximize: accuracy, minimize: trainable_parameters]
space: lora
search: {{strategy: random, trials: {trials}, parallelism: 4}}
"""


class NativeStudy:
    """Whether a sentence has a cat or a dog, and the model of three narrow layers that the golden values use."""

    def __init__(self, folder, root, name, trials, seed):
        self.name, self.path = name, folder / f"{name}.yaml"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "model").exists():
            shutil.copytree(root / "Tests/PEFTTests/Fixtures/golden/tiny-bert", folder / "model")
        self.path.write_text(STUDY.format(name=name, seed=seed, trials=trials))
        for file, count, first in (("train", 48, 0), ("validation", 20, 101)):
            rows = [f"the {('small', 'red', 'small red', 'big')[n // 2 % 4]} {('cat', 'dog')[n % 2]} ran {n % 7}\t"
                    f"{('cat', 'dog')[n % 2]}\n" for n in range(first, first + count)]
            (folder / f"{file}.tsv").write_text("text\tlabel\n" + "".join(rows))


class Watch:
    """Waits for one kind of event in a folder."""

    def __init__(self, folder, event):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = self.libc.inotify_init1(os.O_NONBLOCK)
        if self.libc.inotify_add_watch(self.descriptor, os.fsencode(folder), EVENTS[event]) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {folder}")

    def wait(self, seconds):
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return None
        data = os.read(self.descriptor, 1 << 14)
        length = struct.unpack_from("=IIII", data)[3] if len(data) >= 16 else 0
        return data[16:16 + length].rstrip(b"\0").decode()

    def close(self):
        os.close(self.descriptor)


def run(options, server):
    result = Result("files", options.seed)
    generator = random.Random(f"{options.seed} files")
    steps = [(event, role) for event in EVENTS for role in ("worker", "slot")] * ROUNDS[options.size]
    generator.shuffle(steps)
    trials = 6 + 2 * len(steps)
    folder = options.folder / "files"
    expected = calm(options, server, NativeStudy(folder, options.root, "calm_files", trials, options.seed))
    study = NativeStudy(folder, options.root, "files", trials, options.seed)
    server.create("files")
    subject = Subject(options.program, server.url("files"), folder / "run")
    subject.ask("study", "create", study.path)
    artifacts = subject.folder / "data/artifacts"
    artifacts.mkdir(parents=True)
    left, worker = dict.fromkeys(("a part", "a file without its row", "a file with its row"), 0), None
    session = server.session("files")
    controller = subject.controller(study.name)
    try:
        for event, role in steps:
            if worker is None or worker.poll() is not None:
                worker = subject.worker(study.name, 1)
            # A trial whose slot is killed three times has failed, and rightly.
            wait(lambda: not session.number(CRASHED), 30)
            before = names(artifacts)
            watch = Watch(artifacts, event)
            name = watch.wait(60)
            victims = [worker.pid] if role == "worker" else [
                process for process, words in subject.marked().items() if words.split()[1:2] == ["slot"]]
            for process in victims:
                kill(process)
            watch.close()
            if name is None:
                result.problems.append(f"no file was {event} within a minute")
                break
            if role == "worker":
                worker.wait()
            wait(lambda: not any(os.path.exists(f"/proc/{process}/exe") for process in victims), 5)
            stored = {row[0] for row in session.rows("SELECT artifact FROM peftsearch.trial")}
            fresh = names(artifacts) - before
            left["a part"] += any(is_part(file) for file in fresh)
            whole = {file.removesuffix(".safetensors") for file in fresh if not is_part(file)}
            left["a file without its row"] += bool(whole - stored)
            left["a file with its row"] += bool(whole & stored)
        ends(controller, subject, study.name, result)
    finally:
        stop(controller, *([worker] if worker else []))
        subject.end()
    found = comparison.outcome(subject, study.name)
    audit = comparison.Audit(session, study.name, trials)
    result.problems += comparison.differences(found, expected) + audit.problems() + damaged(artifacts, session)
    session.close()
    result.faults = f"{len(steps)} kills, of workers and slots in turn, as a file is " + ", ".join(EVENTS)
    result.found = (f"{trials} native trials: {audit.lost} lost, {audit.double} double, {len(audit.failed)} failed; "
                    f"{sum(not is_part(n) for n in names(artifacts))} files, each with the bytes of its "
                    "name; front " + ("identical" if found[1] == expected[1] else "DIFFERENT"))
    result.figures = {"what the kills left": left, "attempts": audit.attempts,
                      "parts at the end": sum(map(is_part, names(artifacts)))}
    return result


def ends(controller, subject, study, result, patience=120):
    """Lets the study come to its end with a worker that is started again when it is gone."""
    begin, worker = time.monotonic(), None
    while controller.poll() is None:
        if worker is None or worker.poll() is not None:
            worker = subject.worker(study, 1)
        if time.monotonic() > begin + patience:
            result.problems.append(f"the study did not end within {patience} s")
            break
        time.sleep(0.05)
    stop(*([worker] if worker else []))


def is_part(name):
    """Of a file that is not whole yet, or has not its name yet."""
    return name.startswith(("partial-", "."))


def names(folder):
    return set(os.listdir(folder))


def damaged(artifacts, session):
    """Files without the bytes of their name, and rows whose file is not there."""
    wrong = []
    for row in session.rows("SELECT DISTINCT artifact FROM peftsearch.trial WHERE artifact IS NOT NULL"):
        if not (artifacts / f"{row[0]}.safetensors").exists():
            wrong.append(f"the artifact {row[0]} is not here")
    for file in artifacts.glob("*.safetensors"):
        if not is_part(file.name) and hashlib.sha256(file.read_bytes()).hexdigest() != file.stem:
            wrong.append(f"{file.name} has other bytes")
    return wrong[:5]
