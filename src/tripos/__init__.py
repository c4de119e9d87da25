"""Set, sit and mark deep-learning exams whose answers are computation graphs."""

__version__ = "0.1.0"
