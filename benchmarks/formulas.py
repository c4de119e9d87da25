"""How often is a formula marked wrongly, and how fast?  Mutants and rewrites of correct formulas.

The truth about each answer is found without Tripos (formula_truth.py): other code, other points, 320 bits.
Math-Verify (the extra ``bench``) marks a sample of the same answers in the same run.
"""

from __future__ import annotations

import gc
import random
import time
from collections import defaultdict
from typing import Any, NamedTuple

from formula_keys import keys, places, replaced, rewrites, slips
from formula_trees import LATEX, NOTATIONS, Tree, name_of, write
from formula_truth import Names, same
from scipy.stats import beta

from tripos.answers.comparing.compare import Reference
from tripos.answers.declared import Declared

MUTANTS = 10_000
"""Mutants to judge, at least."""

SAMPLE = 150
"""Answers in LaTeX that Math-Verify marks as well: it needs some 30 ms for each."""

RATE, RATIO = 10_000, 300
"""The promises: answers a second of processor time on one core, and times Math-Verify."""

SEED = 1848

HOSTILE = (
    "9**9**9", "10000000!", "e^{e^{e^{e^{e^x}}}}", "(" * 1_000_000, "x" + "^2" * 3_000, "1" * 100_000,
    "\u0445", r"\sum_{k=1}^{10^9} k", "((((x+1)^9)^9)^9)^9", r"\frac" * 3_000, "|" * 2_000,
    "silu'(" * 30 + "x" + ")" * 30,
)  # fmt: skip
"""Answers that would keep a marker busy for ever, or bring it down."""


class Answer(NamedTuple):
    """An answer to a key, how it came about, and whether it is right."""

    key: int
    text: str
    why: str
    right: bool | None
    tree: Tree


def main() -> None:
    """Make the answers, mark them, print the tables."""
    questions = [(category, tree, names) for category, tree, names in keys()]
    answers = [*_mutants(questions), *_rewrites(questions)]
    references = [Reference(write(tree, LATEX), _declared(names)) for _, tree, names in questions]
    gc.collect()
    gc.freeze()  # the trees of the benchmark itself are none of the marker's work
    begin = time.process_time()
    verdicts = [references[a.key].verdict(a.text) for a in answers]
    seconds = time.process_time() - begin
    _print_accuracy(answers, [v.outcome for v in verdicts], questions)
    _print_speed(answers, seconds, questions)
    _print_hostile()


def _declared(names: Names) -> dict[str, Declared]:
    """Return the names as a question declares them."""
    dims = {d: Declared((), "dimension") for shape, _ in names.values() for d in shape}
    return dims | {
        name_of(n, "ascii"): Declared(tuple(shape), domain) for n, (shape, domain) in names.items()
    }


# -- answers --------------------------------------------------------------------------------------


def _mutants(questions: list[Any]) -> list[Answer]:
    """Return every single slip in every formula, then pairs of slips, each in a notation in turn."""
    rng = random.Random(SEED)
    found: list[Answer] = []
    seen: set[tuple[int, str]] = set()
    singles: list[list[tuple[str, Tree]]] = []

    def keep(number: int, why: str, tree: Tree, names: Names) -> None:
        text = write(tree, NOTATIONS[len(found) % len(NOTATIONS)])
        if (number, text) not in seen:
            seen.add((number, text))
            right = same(questions[number][1], tree, names, rng.randrange(2**32))
            found.append(Answer(number, text, why, right, tree))

    for number, (_, key, names) in enumerate(questions):
        singles.append(
            [(why, replaced(key, p, new)) for p, part in places(key) for why, new in slips(part, names)]
        )
        for why, tree in singles[-1]:
            keep(number, why, tree, names)
    while len(found) < MUTANTS:
        number = rng.randrange(len(questions))
        names = questions[number][2]
        why, tree = rng.choice(singles[number])
        path, part = rng.choice(list(places(tree)))
        second = list(slips(part, names))
        if second:
            other, new = rng.choice(second)
            keep(number, f"{why} and {other}", replaced(tree, path, new), names)
    return found


def _rewrites(questions: list[Any]) -> list[Answer]:
    """Return every formula in every notation, and written otherwise by one rule or by two."""
    rng = random.Random(SEED + 1)
    found: dict[tuple[int, str], Answer] = {}
    for number, (_, key, names) in enumerate(questions):
        once = list(rewrites(key))
        twice = [other for tree in once for other in rewrites(tree)]
        for tree in [key, *once, *rng.sample(twice, min(20, len(twice)))]:
            for notation in NOTATIONS:
                text = write(tree, notation)
                if (number, text) not in found:
                    right = same(key, tree, names, rng.randrange(2**32))
                    found[number, text] = Answer(number, text, "rewritten", right, tree)
    return list(found.values())


# -- accuracy -------------------------------------------------------------------------------------


def _print_accuracy(answers: list[Answer], outcomes: list[str], questions: list[Any]) -> None:
    mutants = sum(a.why != "rewritten" for a in answers)
    wrong = [(a, o) for a, o in zip(answers, outcomes, strict=True) if a.right is False]
    right = [(a, o) for a, o in zip(answers, outcomes, strict=True) if a.right is True]
    unclear = len(answers) - len(wrong) - len(right)
    print(
        f"{len(answers)} answers to {len(questions)} keys, {mutants} of them mutants and the others rewrites"
    )
    print(f"{len(right)} are right, {len(wrong)} wrong, {unclear} without a clear truth (not counted)")
    print(f"{'':28} {'number':>7} {'of':>7} {'rate':>9} {'at most':>9}")
    for name, cases, outcome in (
        ("false accepts", wrong, "right"),
        ("false rejects", right, "wrong"),
        ("right answers unread", right, "unread"),
        ("right answers undecided", right, "undecided"),
        ("wrong answers unread", wrong, "unread"),
        ("wrong answers undecided", wrong, "undecided"),
    ):
        found = sum(o == outcome for _, o in cases)
        most = _upper(found, len(cases))
        print(f"{name:28} {found:7} {len(cases):7} {found / len(cases):9.3%} {most:9.3%}")
    print("(at most: with 95 % confidence, Clopper and Pearson)")
    survivors = defaultdict(list)
    for answer, outcome in (*wrong, *right):
        if (outcome == "right") != answer.right:
            survivors[("right" if answer.right else "wrong"), outcome, answer.why].append(answer)
    for (truth, outcome, why), group in sorted(survivors.items(), key=lambda item: -len(item[1]))[:20]:
        example = group[0]
        print(f"  {truth}, found {outcome}, {why}: {len(group)}, such as {example.text}")
        print(f"    for {write(questions[example.key][1], 'ascii')}")


def _upper(found: int, of: int) -> float:
    """Return the upper end of the 95 % interval of Clopper and Pearson (one-sided) for a rate."""
    return float(beta.ppf(0.95, found + 1, of - found)) if found < of else 1.0


# -- speed ----------------------------------------------------------------------------------------


def _print_speed(answers: list[Answer], seconds: float, questions: list[Any]) -> None:
    rate = len(answers) / seconds
    print(
        f"\nTripos, keys prepared, no text twice, one core: {rate:,.0f} answers/s: "
        f"{_kept(rate >= RATE, f'{RATE:,}')}"
    )
    try:
        from math_verify import parse, verify
    except ImportError:
        print("Math-Verify is not installed (python -m pip install 'tripos[bench]'): no ratio")
        return
    rng = random.Random(SEED + 2)
    sample = rng.sample([a for a in answers if a.right is not None], SAMPLE)
    texts = [(a, write(a.tree, LATEX)) for a in sample]
    gold = {a.key: parse(f"${write(questions[a.key][1], LATEX)}$") for a in sample}
    fresh = {k: Reference(write(questions[k][1], LATEX), _declared(questions[k][2])) for k in gold}
    begin = time.process_time()
    ours = [fresh[a.key].verdict(text).outcome for a, text in texts]
    our_seconds = time.process_time() - begin
    begin = time.process_time()
    theirs = ["right" if verify(gold[a.key], parse(f"${text}$")) else "wrong" for a, text in texts]
    their_seconds = time.process_time() - begin
    ratio = their_seconds / our_seconds
    for name, found, took in (("Tripos", ours, our_seconds), ("Math-Verify", theirs, their_seconds)):
        mistakes = sum((o == "right") != a.right for (a, _), o in zip(texts, found, strict=True))
        print(f"{name:12} {SAMPLE / took:9,.0f} answers/s on {SAMPLE} in LaTeX, {mistakes} judged wrongly")
    print(f"ratio {ratio:,.0f}: {_kept(ratio >= RATIO, str(RATIO))}")


def _kept(promise: bool, what: str) -> str:
    return f"at least {what}: {'kept' if promise else 'BROKEN'}"


def _print_hostile() -> None:
    reference = Reference("x", {"x": Declared()})
    times, right = [], 0
    for text in HOSTILE:
        begin = time.process_time()
        right += reference.verdict(text).right
        times.append(1000 * (time.process_time() - begin))
    kept = "kept" if max(times) <= 50 and not right else "BROKEN"
    print(f"{len(HOSTILE)} hostile answers, {right} right, the worst in {max(times):.1f} ms: 50 ms: {kept}")


if __name__ == "__main__":
    main()
