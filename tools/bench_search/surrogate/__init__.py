"""The surrogate of PEFT-Bench: what a configuration would reach, for those that nobody has trained."""
