"""Many runs: in processes of one thread each, at the lowest priority, whatever is missing in the results."""

import concurrent.futures
import multiprocessing
import os
import tempfile
import time

from . import problems
from .results import Run

# Before a library makes its threads.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def run(wanted, results, program, trials, processes):
    """Runs what is not in the results yet; a run of a smaller budget counts as missing."""
    found = results.load()
    missing = [job for job in wanted if found.get(job, {}).get("budget", 0) < trials]
    print(f"{len(wanted)} runs, {len(missing)} of them missing", flush=True)
    os.environ.update(ONE_THREAD)
    context = multiprocessing.get_context("spawn")
    start = time.perf_counter()
    with concurrent.futures.ProcessPoolExecutor(processes, context, initializer=lower_priority) as pool:
        jobs = {pool.submit(record, job, trials, program): job for job in missing}
        for count, done in enumerate(concurrent.futures.as_completed(jobs), 1):
            results.append(jobs[done], done.result())
            print(f"{count}/{len(missing)} {jobs[done]} {time.perf_counter() - start:.0f} s", flush=True)


def lower_priority():
    os.nice(19 - os.nice(0))


def record(job, trials, program):
    """What a run leaves in the results."""
    from . import simulation

    problem = problems.BY_NAME[job.problem]()
    with tempfile.TemporaryDirectory() as folder:
        study_file = problem.write_study(folder)
        evaluations = simulation.run(
            problem, job.player, job.seed, trials, job.parallelism, program, study_file)
    names = ["true", "cost", "seconds"]
    return {"budget": trials} | {name: [evaluation[name] for evaluation in evaluations] for name in names}


def wanted(problem_names, player_names, parallelisms, seeds):
    """Seed by seed, so that an early look compares all on the same seeds."""
    return [
        Run(problem, player, parallelism, seed)
        for seed in range(1, seeds + 1) for parallelism in parallelisms
        for problem in problem_names for player in player_names
    ]
