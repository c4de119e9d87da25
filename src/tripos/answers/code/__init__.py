"""Answers that are code: run under bubblewrap, and judged from outside."""
