"""Derivations: gradients named, simplified, written line by line, and compared with finite differences."""
