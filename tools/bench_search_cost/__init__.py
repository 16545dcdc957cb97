"""What a search costs in trainings of LoRA, and what it finds for that: docs/end-to-end.md."""
