#!/usr/bin/env python3
"""Reads studies with the real Optuna and its dashboard and compares with what the program says.

    tools/check_optuna.py [--program FILE] [--trials N] [--large N] [--keep]

A study with conditional parameters, constraints and trials that fail runs on a private PostgreSQL. While it runs, one
`optuna.load_study` must see it grow. When it is over, trials, parameters, values, states, steps, notes and broken
constraints must be those of `peftsearch trials`, and `best_trials` those of `peftsearch front`; Optuna's own command
line and dashboard must show the same; and nothing may be written. With --large, a study of so many trials is made by
SQL and read, with the seconds that takes. Exit status 1 on a difference. Needs optuna, optuna-dashboard and psycopg2.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import optuna

STATES = {"done": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL", "running": "RUNNING", "ready": "WAITING",
          "paused": "RUNNING", "cancelled": "FAIL"}
TRAINER = """\
import json, sys, time
request = json.load(sys.stdin)
chosen = request["trial"]["configuration"]
for step in (1, 2, 4):
    print(json.dumps({"report": {"step": step, "metrics": {"loss": 1 / step, "score": step / 10}}}), flush=True)
    time.sleep(0.01)
if chosen["rank"] % 8 == 5:
    sys.exit("a trainer that fails")
score = chosen["rank"] / 64 * (1.2 if chosen["method"] == "lora" else 1) + chosen.get("alpha", 0) / 1000
print(json.dumps({"result": {"metrics": {"score": score, "cost": chosen["rank"] + chosen["width"]}}}))
"""
STUDY = """\
study: {name}
seed: 3
objectives: [{{maximize: score}}, {{minimize: cost}}]
constraints: ["cost <= 30"]
space:
  parameters:
    rank: {{int: [1, 64]}}
    learning_rate: {{float: [1.0e-5, 1.0e-2], scale: log}}
    method: {{choice: [lora, ia3, false]}}
    width: {{levels: [0, 4, 16]}}
    alpha: {{float: [1, 64], when: {{method: lora}}}}
search: {{strategy: random, trials: {trials}, parallelism: 2}}
engine: {{command: [python3, {trainer}]}}
"""


class Check:
    def __init__(self):
        self.failed = 0

    def __call__(self, what, holds, detail=""):
        self.failed += not holds
        print(f"{'ok    ' if holds else 'FAILED'}  {what}{': ' + str(detail) if detail != '' else ''}", flush=True)


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = Path(path).resolve(), folder

    def command(self, *words):
        return [str(self.path), *words, "--data-dir", str(self.folder / "store")]

    def __call__(self, *words):
        return subprocess.run(self.command(*words), check=True, capture_output=True, text=True).stdout

    def json(self, *words):
        return json.loads(self(*words, "--format", "json"))


def search(program, name, trials):
    """A run in the background."""
    trainer = program.folder / "trainer.py"
    trainer.write_text(TRAINER)
    study = program.folder / f"{name}.yaml"
    study.write_text(STUDY.format(name=name, trials=trials, trainer=trainer))
    return subprocess.Popen(
        program.command("run", str(study), "--workers", "2"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True)


def watch(check, name, url, running, trials):
    """Follows a study that runs with one client, and returns it when it is over."""
    seen, loaded = set(), None
    while running.poll() is None:
        try:
            loaded = loaded or optuna.load_study(study_name=name, storage=url)
            seen.add(sum(trial.state.is_finished() for trial in loaded.trials))
        except KeyError:
            pass  # it is not created yet
        time.sleep(0.3)
    if running.returncode:
        sys.exit(f"the study did not end: {running.stderr.read()[-500:]}")
    loaded = loaded or optuna.load_study(study_name=name, storage=url)
    between = [count for count in sorted(seen) if 0 < count < trials]
    check("a client sees it grow while it runs", len(between) >= 2, f"{between[:4]} ... of {trials} trials")
    return loaded


def compare(check, study, program, name):
    front, ours = program.json("front", name), program.json("trials", name)
    by_number = {trial["number"]: trial for trial in ours["trials"]}
    theirs = study.get_trials()
    check("as many trials, in order", [trial.number for trial in theirs] == sorted(by_number), len(theirs))
    pairs = [(trial, by_number[trial.number]) for trial in theirs]
    check("states", all(trial.state.name == STATES[own["state"]] for trial, own in pairs),
          {state: sum(trial.state.name == state for trial in theirs) for state in ("COMPLETE", "FAIL")})
    check("parameters", all(trial.params == own["configuration"] for trial, own in pairs), theirs[0].params)
    done = [(trial, own) for trial, own in pairs if own["state"] == "done"]
    names = study.metric_names
    check("values", all(
        dict(zip(names, trial.values)) == own["values"] for trial, own in done), names)
    check("steps", all(trial.intermediate_values == {1: 0.1, 2: 0.2, 4: 0.4} for trial, _ in done))
    best = {trial.number for trial in study.best_trials}
    check("best_trials are the front", best == {trial["number"] for trial in front["trials"]}, sorted(best))
    broken = [trial.number for trial, own in done if own["values"]["cost"] > 30]
    said = [trial.number for trial, _ in done if trial.system_attrs["constraints"][0] > 0]
    check("broken constraints", said == broken and broken, len(broken))


def shown_by_command_line(check, name, url, study):
    optuna_program = Path(sys.executable).with_name("optuna")
    def ask(*words):
        text = subprocess.run([optuna_program, *words, "--storage", url, "-f", "json"], check=True,
                              capture_output=True, text=True).stdout
        return json.loads(text)
    check("optuna studies", name in json.dumps(ask("studies")))
    check("optuna trials", len(ask("trials", "--study-name", name)) == len(study.trials))
    check("optuna best-trials", len(ask("best-trials", "--study-name", name)) == len(study.best_trials))


def shown_by_dashboard(check, url, study, failed_note):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dashboard = subprocess.Popen(
        [Path(sys.executable).with_name("optuna-dashboard"), url, "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(path, data=None, method="GET"):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    try:
        for _ in range(150):
            try:
                ask("/api/studies")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        check("optuna-dashboard shows its page", ask("/dashboard")[0] == 200)
        status, body = ask(f"/api/studies/{study._study_id}")
        shown = json.loads(body) if status == 200 else {}
        check("optuna-dashboard has the study", len(shown.get("trials", [])) == len(study.trials), status)
        notes = [trial.get("note", {}).get("body", "") for trial in shown.get("trials", [])]
        check("notes of the study, of front members and of failed trials",
              "peftsearch front" in shown.get("note", {}).get("body", "")
              and any("peftsearch export" in note for note in notes)
              and any(failed_note in note for note in notes))
        status, _ = ask(f"/api/studies/{study._study_id}", method="DELETE")
        check("optuna-dashboard cannot delete it", status >= 400, status)
    finally:
        dashboard.terminate()
        dashboard.wait()


def refuses_writes(check, study):
    for name, write in [("ask", study.ask), ("set_user_attr", lambda: study.set_user_attr("a", 1)),
                        ("delete_study", lambda: optuna.delete_study(
                            study_name=study.study_name, storage=study._storage))]:
        try:
            write()
            check(f"{name} is refused", False)
        except Exception as error:  # Optuna's and SQLAlchemy's have no common class
            check(f"{name} is refused", "read only" in f"{error} {error.__cause__}", type(error).__name__)


def large(check, program, url, trials, name):
    """A study as `name`, of many trials that nobody ran."""
    program("study", "create", str(program.folder / f"{name}.yaml"))
    script = f"""
        SET search_path = peftsearch; SET session_replication_role = replica;
        CREATE TEMPORARY TABLE given AS SELECT s.id AS study, number, 1 + number % 64 AS rank,
            (ARRAY[0, 4, 16])[1 + number % 3] AS width FROM study s, generate_series(0, {trials - 1}) number
            WHERE s.name = '{name}';
        INSERT INTO worker VALUES ('{"0" * 32}', 'filling', 1, 1);
        INSERT INTO trial (study_id, number, state, seed, assignment, configuration, configuration_hash,
                           virtual_start, virtual_finish, attempts, compute_class, finished_at)
        SELECT study, number, 'done', number, text, text, encode(sha256(number::text::bytea), 'hex'), number, number + 1,
            1, 'command', '2026-01-01'
        FROM given, LATERAL (SELECT json_build_object(
            'rank', rank, 'learning_rate', 0.001, 'method', 'ia3', 'width', width, 'number', number) AS text) c;
        INSERT INTO attempt (study_id, trial_number, attempt, rung, purpose, worker_id, outcome, ended_at)
        SELECT study, number, 1, 0, 'train', '{"0" * 32}', 'finished', '2026-01-01' FROM given;
        INSERT INTO measurement (study_id, trial_number, rung, name, value, kind, method, attempt)
        SELECT study, number, 0, m.name, m.value, 'deterministic', 'made', 1
        FROM given, LATERAL (VALUES ('score', rank / 64.0 + number * 1e-9), ('cost', rank + width)) m(name, value);
        INSERT INTO report (study_id, trial_number, attempt, step, metrics)
        SELECT study, number, 1, step, '{{"score": 0.5}}' FROM given, generate_series(1, 5) step;
        ANALYZE trial; ANALYZE measurement; ANALYZE report; ANALYZE attempt;"""
    subprocess.run(["psql", "-Xqv", "ON_ERROR_STOP=1", "-d", program("database", "url").strip()], input=script,
                   check=True, text=True, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    study = optuna.load_study(study_name=name, storage=url)
    count = len(study.trials)
    read = time.monotonic() - began
    best = study.best_trials
    undominated, highest = [], -1.0
    for cost, score in sorted((trial.values[1], -trial.values[0]) for trial in study.trials if trial.values[1] <= 30):
        if -score > highest:
            highest = -score
            undominated.append([highest, cost])
    check(f"{trials:,} trials are read", count == trials, f"{read:.1f} s")
    check("and their front is right", sorted(trial.values for trial in best) == undominated, len(best))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=".build/release/peftsearch")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--large", type=int, default=0, help="trials of a study that is made by SQL and read")
    parser.add_argument("--keep", action="store_true", help="keep the private PostgreSQL, and say where it is")
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    check = Check()
    folder = Path(tempfile.mkdtemp(prefix="ps-optuna-", dir="/tmp"))
    program = Program(arguments.program, folder)
    try:
        program("database", "start")
        url = program("database", "url", "--optuna").strip()
        study = watch(check, "mixed", url, search(program, "mixed", arguments.trials), arguments.trials)
        compare(check, study, program, "mixed")
        shown_by_command_line(check, "mixed", url, study)
        shown_by_dashboard(check, url, study, "a trainer that fails")
        refuses_writes(check, study)
        if arguments.large:
            (folder / "large.yaml").write_text(
                STUDY.format(name="large", trials=arguments.large, trainer=folder / "trainer.py"))
            large(check, program, url, arguments.large, "large")
    finally:
        if arguments.keep:
            print(f"kept in {folder}")
        else:
            subprocess.run(program.command("database", "stop"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if check.failed else 0)


if __name__ == "__main__":
    main()
