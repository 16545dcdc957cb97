"""Trials per second through PostgreSQL, beside Optuna on the same server: `python -m bench_queue --help`."""
