"""Answers compared with keys: sample points, proofs, witnesses."""
