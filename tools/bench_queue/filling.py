"""A study of a million trials, made by SQL, and how long its readers take."""

import hashlib
import os
import subprocess
import sys
import time

from seeded_generator import SeededGenerator

from .ours import DATABASE

SEED, PARALLELISM, MEMBERS = 7, 1000, 50


def canonical(number):
    return f'{{"x":{(number * 0.6180339887) % 1:.10f}1,"y":{number}.5}}'


def rows(trials, study):
    """As the plan of the study would have made them: seeds and virtual times are checked on resuming."""
    for number in range(trials):
        seed = SeededGenerator(SEED, "trial", number).next() >> 11
        start = number // PARALLELISM * 1000
        text = canonical(number)
        yield f"{study}\t{number}\tdone\t{seed}\t{text}\t{hashlib.sha256(text.encode()).hexdigest()}\t{start}\t" \
              f"{start + 1000}\t1\tcommand\t2026-01-01\t2026-01-01"


def fill(ours, name, trials, budget):
    """Trials that are done, of a study with room for more where its budget is larger."""
    path = ours.create(name, budget, PARALLELISM)
    study = int(ours.sql(f"SELECT id FROM study WHERE name = '{name}'"))
    worker = "0" * 31 + "1"
    script = ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", ours.server.url(DATABASE)]
    with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as psql:
        # Without triggers: what they check and count holds by construction.
        psql.stdin.write(f"""SET search_path = peftsearch; SET session_replication_role = replica;
            INSERT INTO worker VALUES ('{worker}', 'filling', 1, 1) ON CONFLICT DO NOTHING;
            CREATE TEMPORARY TABLE given AS SELECT study_id, number, state, seed, configuration, configuration_hash,
                virtual_start, virtual_finish, attempts, compute_class, proposed_at, finished_at FROM trial LIMIT 0;
            COPY given FROM STDIN;\n""")
        for row in rows(trials, study):
            psql.stdin.write(row + "\n")
        psql.stdin.write(f"""\\.
            INSERT INTO trial (study_id, number, state, seed, assignment, configuration, configuration_hash,
                virtual_start, virtual_finish, attempts, compute_class, proposed_at, finished_at)
            SELECT study_id, number, state, seed, configuration, configuration, configuration_hash,
                virtual_start, virtual_finish, attempts, compute_class, proposed_at, finished_at FROM given;
            INSERT INTO work (study_id, trial_number, rung, purpose, state, attempt)
            SELECT study_id, number, 0, 'train', 'finished', 1 FROM given;
            INSERT INTO attempt (study_id, trial_number, attempt, rung, purpose, worker_id, outcome, ended_at)
            SELECT study_id, number, 1, 0, 'train', '{worker}', 'finished', clock_timestamp() FROM given;
            INSERT INTO measurement (study_id, trial_number, rung, name, value, kind, method, attempt)
            SELECT study_id, number, 0, 'loss', CASE WHEN number < {MEMBERS} THEN 0 ELSE 1 END, 'deterministic',
                'reported by the command', 1 FROM given;
            INSERT INTO trial_count VALUES ({study}, 'done', 0, {trials});
            INSERT INTO front_version (study_id, version, cause) VALUES ({study}, 1, {MEMBERS - 1});
            INSERT INTO front_member SELECT {study}, 1, number FROM generate_series(0, {MEMBERS - 1}) number;
            UPDATE controller SET first_open = {trials} WHERE study_id = {study};\n""")
        if budget == trials:
            psql.stdin.write(f"UPDATE study SET state = 'complete', completed_at = now() WHERE id = {study};\n")
        psql.stdin.write("VACUUM ANALYZE;\n")
        psql.stdin.close()
        if psql.wait():
            sys.exit("the study could not be filled")
    return path


def seconds(body):
    start = time.monotonic()
    body()
    return time.monotonic() - start


def readers(ours, name, path, trials):
    """The best of three, in seconds, each a process from its start to its end."""
    commands = {
        "`front`": ("front", name), "`front --format json`": ("front", name, "--format", "json"),
        "`trials --limit 50`": ("trials", name, "--limit", 50, "--after", trials // 2),
        "`trial N`": ("trial", name, trials // 2), "`study list`": ("study", "list"),
        "`run` of the complete study": ("run", path),
    }
    figures = {label: min(seconds(lambda: ours.command(*words)) for _ in range(3))
               for label, words in commands.items()}
    figures["the view `dashboard.studies`"] = min(
        seconds(lambda: ours.sql("SELECT done FROM dashboard.studies")) for _ in range(3))
    return figures


def resume(ours, name, trials):
    """Until a controller has read a running study and proposed the next trials, and its memory then, in MB."""
    start = time.monotonic()
    with ours.started("controller", "--study", name) as controller:
        while ours.sql(f"SELECT count(*) FROM trial t JOIN study s ON s.id = t.study_id "
                       f"WHERE s.name = '{name}' AND t.number = {trials}") == 0:
            if controller.poll() is not None:
                sys.exit(f"the controller of {name} ended with {controller.returncode}")
            time.sleep(0.1)
        taken = time.monotonic() - start
        with open(f"/proc/{controller.pid}/statm") as statm:
            memory = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return {"seconds": taken, "megabytes": memory}
