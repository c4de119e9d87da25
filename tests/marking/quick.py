"""A quick marker for tests: a blank is right when its answer is "right"; slow on request."""

import time
from fractions import Fraction
from functools import partial

from tripos.marking.result import BlankMark, Mark
from tripos.marking.scripts.script import script_hash

BLANKS = ("forward/z", "forward/h", "lstm")
HASHES = {"paper": "p" * 64, "policy": "q" * 64, "tripos": "1"}


def mark(script, hashes=HASHES, seconds=0.0, of=2):
    time.sleep(seconds)
    blanks = []
    for name in BLANKS:
        answer = script.answers.get(name, "")
        outcome = {"": "unanswered", "right": "right", "?": "unread"}.get(answer, "wrong")
        points = None if outcome == "unread" else Fraction(of) if outcome == "right" else Fraction(0)
        slip = answer.partition(":")[2]
        question = name.split("/")[0]
        blanks.append(BlankMark(name, question, "number", answer, outcome, points, Fraction(of), slip=slip))
    return Mark(script.candidate, script.version, tuple(blanks), {**hashes, "script": script_hash(script)})


def make(**options):
    return partial(mark, **options)
