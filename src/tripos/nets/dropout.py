"""Dropout, and the ensemble of thinned networks that it stands for (Srivastava et al., 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from numbers import Real
from typing import ClassVar

from ..graph import GraphError, Node, constant, convention, lift, log, named, softmax
from ..graph.literal import number
from ..graph.node import Literal, rebuild, show_shape
from .module import Module, Weights, drawn_mask, is_training

Number = float | Fraction

MAX_THINNED = 4096
"""Most thinned networks that are written out."""


@dataclass(frozen=True)
class Dropout(Module):
    """Entries dropped by chance in ``training()``, each independently of the others.

    The mask is a symbol of bits, 1 where an entry is kept, called m and the path to the layer.  Conventions
    ``dropout`` and ``dropout scaling`` say what ``p`` is the rate of, and where that is made up for.
    """

    letters: ClassVar[Mapping[str, str]] = {"mask": "m"}

    p: Number = 0.5

    def __post_init__(self) -> None:
        _checked("Dropout", self.p)

    def forward(self, w: Weights, x: Node) -> Node:
        """Return what is left of ``x``, in its shape."""
        keep = keep_rate(self.p)
        if not is_training() or keep == 1:
            return dropout(x, self.p)
        return dropout(x, self.p, drawn_mask(self._letter("mask", w.path), x.shape, keep))


def dropout(x: Literal, p: Number = 0.5, mask: Literal | None = None) -> Node:
    """Return ``x`` after dropout with a mask of 0 and 1, as in training; without one, as in testing.

    Inverted: 1/(keep rate) · x ⊙ mask in training, x in testing.  Unscaled: x ⊙ mask, and keep rate · x.
    """
    node, keep = lift(x), keep_rate(p)
    inverted = convention("dropout scaling") == "inverted"
    if mask is None:
        return node if inverted else constant(keep) * node
    kept = node * lift(mask)
    return constant(1 / keep) * kept if inverted and keep else kept  # at a keep rate of 0 all are dropped


def keep_rate(p: Number) -> Fraction:
    """Return the probability that an entry is kept; the convention ``dropout`` says what ``p`` is."""
    rate = _checked("dropout", p)
    return rate if convention("dropout") == "keep rate" else 1 - rate


def _checked(name: str, p: Number) -> Fraction:
    if isinstance(p, bool) or not isinstance(p, Real) or not 0 <= p <= 1:
        raise GraphError(f"{name}: p is a probability, between 0 and 1; found {p!r}")
    return number(p)


# -- the ensemble ----------------------------------------------------------------------------------


def thinned(output: Node, mask: Node) -> list[Node]:
    """Return ``output`` for every value of a mask: one graph for each of 2ⁿ thinned networks.

    The masks come in the order of binary numbers: 00, 01, 10, 11.
    """
    return [rebuild([output], {mask: bits})[0] for bits in _bits(mask)]


def _bits(mask: Node) -> Iterator[Node]:
    if mask.op.name != "symbol" or dict(mask.attrs)["domain"] != "bit":
        raise GraphError(f"thinned: the mask is a symbol of bits such as symbol('m', 3, 'bit'): {mask!r}")
    known = all(isinstance(n, int) for n in mask.shape)
    if not known or 2 ** prod(mask.shape) > MAX_THINNED:
        raise GraphError(
            f"thinned: a mask of shape {show_shape(mask.shape)} has too many values to write out; "
            f"at most {MAX_THINNED:,} are"
        )
    for bits in product((0, 1), repeat=prod(mask.shape)):
        entries = iter(bits)
        yield named(constant(_arranged(entries, mask.shape)), str(mask.name))


def _arranged(entries: Iterator[int], shape: tuple[int, ...]) -> Literal:
    return [_arranged(entries, shape[1:]) for _ in range(shape[0])] if shape else next(entries)


def geometric_ensemble(probabilities: Node, mask: Node, keep: Number = Fraction(1, 2)) -> Node:
    """Return the geometric mean of the predictions of all thinned networks, divided by its sum.

    ``keep`` is the probability that an entry of the mask is 1.  For softmax regression this is what the
    network predicts whose inputs are multiplied by the keep rate (Goodfellow et al., 2016, section 7.12).
    """
    share = _checked("geometric_ensemble", keep)
    mean: Node | None = None
    for bits, predicted in zip(_bits(mask), thinned(probabilities, mask), strict=True):
        weight = prod(share if bit else 1 - share for bit in dict(bits.attrs)["value"])
        if weight:
            part = constant(weight) * log(predicted)
            mean = part if mean is None else mean + part
    assert mean is not None  # the weights add up to 1
    return softmax(mean)
