"""Wall time of a whole search beside Optuna with PyTorch and PEFT: docs/end-to-end.md."""
