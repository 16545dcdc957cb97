"""Faults against the built program, and what must hold after them; see docs/chaos.md."""
