"""What a question may leave unsaid: conventions, their choices, and which of them were used.

Most wrong keys in published exams are a slip of arithmetic or a convention left unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from .op import GraphError


@dataclass(frozen=True)
class Convention:
    """One thing to agree on: what it is about and its choices, each with the sentence to print.

    The first choice is the default.
    """

    about: str
    choices: Mapping[str, str]

    @property
    def default(self) -> str:
        """The choice made where nothing is declared."""
        return next(iter(self.choices))


CONVENTIONS: dict[str, Convention] = {
    "bias": Convention(
        "whether parameters include biases",
        {"counted": "Biases count as parameters.", "not counted": "Biases are not counted."},
    ),
    "convolution": Convention(
        "whether a convolution flips its kernel",
        {
            "cross-correlation": "Convolution means cross-correlation: the kernel is not flipped.",
            "flipped": "Convolution flips the kernel.",
        },
    ),
    "log": Convention(
        "the base of logarithms",
        {"e": "Logarithms are natural.", "2": "Logarithms are to base 2."},
    ),
    "step": Convention(
        "the value of the hard threshold at 0",
        {"1 at 0": "The hard threshold is 1 at 0.", "0 at 0": "The hard threshold is 0 at 0."},
    ),
    "mistake": Convention(
        "whether a score of 0 is a mistake of the perceptron",
        {"at 0": "A score of 0 counts as a mistake.", "not at 0": "A score of 0 is no mistake."},
    ),
    "momentum": Convention(
        "what the velocity of momentum holds",
        {
            "gradients": "Momentum gathers gradients: v ← μv + g, then w ← w − ηv.",
            "steps": "Momentum gathers steps: v ← μv − ηg, then w ← w + v.",
            "average": "Momentum averages gradients: v ← μv + (1 − μ)g, then w ← w − ηv.",
        },
    ),
    "dropout": Convention(
        "whether the rate of a dropout layer is that of dropping or of keeping",
        {
            "drop rate": "The rate of dropout is the probability that a unit is dropped.",
            "keep rate": "The rate of dropout is the probability that a unit is kept.",
        },
    ),
    "dropout scaling": Convention(
        "where dropout makes up for the units that it drops",
        {
            "inverted": "Dropout divides by the keep rate in training and changes nothing in testing.",
            "unscaled": "Dropout does not scale in training and multiplies by the keep rate in testing.",
        },
    ),
    "half": Convention(
        "whether a squared error is halved",
        {"without 1/2": "Squared errors are not halved.", "with 1/2": "Squared errors carry a factor ½."},
    ),
    "mean": Convention(
        "whether a squared error is averaged over its entries",
        {
            "over N": "Squared errors are averaged over the entries.",
            "sum": "Squared errors are summed over the entries.",
        },
    ),
}


@dataclass
class Declared:
    """The choices in force, and the conventions that were asked for."""

    choices: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


_current: ContextVar[Declared | None] = ContextVar("conventions", default=None)


@contextmanager
def declared(choices: Mapping[str, str]) -> Iterator[Declared]:
    """Put choices in force; the object yielded tells afterwards which conventions were used."""
    for name, choice in choices.items():
        if choice not in _known(name).choices:
            raise GraphError(
                f"convention {name}: no choice {choice!r}; there are {', '.join(CONVENTIONS[name].choices)}"
            )
    state = Declared(choices)
    token = _current.set(state)
    try:
        yield state
    finally:
        _current.reset(token)


def convention(name: str) -> str:
    """Return the choice in force, and note that it was asked for."""
    default, state = _known(name).default, _current.get()
    if state is None:
        return default
    state.used.add(name)
    return state.choices.get(name, default)


def _known(name: str) -> Convention:
    if not isinstance(name, str) or name not in CONVENTIONS:
        raise GraphError(f"no convention {name!r}; there are {', '.join(CONVENTIONS)}")
    return CONVENTIONS[name]
