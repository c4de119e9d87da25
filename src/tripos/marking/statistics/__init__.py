"""Item statistics, and their pictures."""
