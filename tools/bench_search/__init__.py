"""The search benchmark: our strategies beside Optuna's and BoTorch's, on the same evaluators.

    PYTHONPATH=tools python -m bench_search run [--problems A,B] [--players A,B] [--seeds 20] [--trials 100]
    PYTHONPATH=tools python -m bench_search report

`run` is resumed by the same command: a run (problem, player, parallelism, seed) is a line of a results file, and
what has its line is not run again. See docs/search-benchmark.md for the method.
"""
