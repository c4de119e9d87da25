"""Recurrent networks, attention and transformers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tripos import nets
from tripos.graph import attention, causal_mask, padding_mask
from tripos.nets.train import Data, adding, reversal

from .system import System, squared, wrong

CLASSES = nets.CrossEntropyLoss()


# -- recurrent networks ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Read(nets.Module):
    """A recurrent layer and a readout, of its last output or of all of them."""

    layer: nets.Module
    readout: nets.Module
    every: bool = False

    def forward(self, w, x):
        outputs, _ = self.layer(x, weights=w["layer"])
        return self.readout(outputs if self.every else outputs[-1], weights=w["readout"])


def rnn(nonlinearity):
    """The sum of two marked numbers out of four; a layer that forgets the first knows half of it."""
    model = Read(nets.RNN(2, 16, nonlinearity=nonlinearity), nets.Linear(16, 1))
    train, test = adding(800, 4, seed=0), adding(400, 4, seed=1)
    optimizer = nets.Adam(lr=lambda t: nets.cosine_annealing_lr(0.04, t, 30 * 25))
    return System(model, nets.MSELoss(), train, squared(test), 0.2, optimizer, 30, {"clip_norm": 1})


def neighbours(rows, seed):
    """Numbers, and for each the sum of those before and after it."""
    x = np.random.default_rng(seed).standard_normal((rows, 4, 1))
    padded = np.pad(x[..., 0], ((0, 0), (1, 1)))
    return Data({"x": x, "t": padded[:, :-2] + padded[:, 2:]})


def both_ways(layer):
    """One way alone sees one of the two numbers, and half of the variance is left."""
    model = Read(layer(1, 6, 2, bidirectional=True), nets.Linear(12, 1), every=True)
    train, test = neighbours(256, 0), neighbours(200, 1)
    return System(model, nets.MSELoss(), train, squared(test), 0.2, nets.Adam(lr=0.03), 15)


# -- attention -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lookup(nets.Module):
    """Scaled dot-product attention of one query, both of whose sides are mapped first."""

    def children(self):
        return {"query": nets.Linear(4, 8), "key": nets.Linear(4, 8)}

    def forward(self, w, q, k, v, seen):
        parts = self.children()
        q, k = (parts[name](x, weights=w[name]) for name, x in (("query", q), ("key", k)))
        return attention(q, k, v, padding_mask(seen, 5))


def lookups(rows, seed):
    """Keys and values, of which the first few count; the query is the key of one of these, turned."""
    rng = np.random.default_rng(seed)
    k, v = rng.standard_normal((rows, 5, 4)), rng.standard_normal((rows, 5, 3))
    seen = rng.integers(2, 6, rows)
    which = rng.integers(0, seen)
    turn = np.linalg.qr(np.random.default_rng(9).standard_normal((4, 4)))[0]
    q = 2 * k[np.arange(rows), which] @ turn
    return Data({"q": q[:, None], "k": k, "v": v, "seen": seen, "t": v[np.arange(rows), which][:, None]})


def lookup():
    """The mean of all values, which is what attending to all alike gives, leaves two thirds."""
    train, test = lookups(1500, 0), lookups(500, 1)
    return System(Lookup(), nets.MSELoss(), train, squared(test), 0.25, nets.Adam(lr=0.02), 30)


@dataclass(frozen=True)
class Reverser(nets.Module):
    """Symbols and their places, what makes a sequence of them, and a readout."""

    inner: nets.Module
    writes: bool = False

    def children(self):
        return {
            "source": nets.Linear(6, 24),
            "target": nets.Linear(7, 24),
            "places": nets.PositionalEncoding(24),
            "inner": self.inner,
            "readout": nets.Linear(24, 6),
        }

    def forward(self, w, x, y):
        parts = self.children()

        def placed(name, rows):
            return parts["places"](parts[name](rows, weights=w[name]), weights=w["places"])

        h: Any = placed("source", x)
        if isinstance(self.inner, nets.MultiheadAttention):
            h, _ = self.inner(h, h, h, weights=w["inner"])
        elif self.writes:
            h = self.inner(placed("target", y), h, causal_mask(y.shape[0]), weights=w["inner"])
        else:
            h = self.inner(h, weights=w["inner"])
        return parts["readout"](h, weights=w["readout"])


def reverser(inner, writes=False):
    """All symbols but the middle one stand elsewhere: what does not attend has one in six right."""
    train, test = reversal(1000, 5, 6, seed=0), reversal(300, 5, 6, seed=1)
    return System(Reverser(inner, writes), CLASSES, train, wrong(test), 0.2, nets.Adam(lr=0.01), 15)


SYSTEMS = {
    **{
        f"RNN with {name}": lambda name=name: rnn(name)
        for name in ("tanh", "relu", "sigmoid", "shifted sigmoid")
    },
    "bidirectional deep LSTM": lambda: both_ways(nets.LSTM),
    "bidirectional deep GRU": lambda: both_ways(nets.GRU),
    "scaled dot-product attention": lookup,
    "multi-head attention": lambda: reverser(nets.MultiheadAttention(24, 2)),
    "transformer encoder": lambda: reverser(
        nets.TransformerEncoder(nets.TransformerEncoderLayer(24, 2, 32, 0.1, "gelu", norm_first=True), 1)
    ),
    "transformer decoder": lambda: reverser(
        nets.TransformerDecoder(nets.TransformerDecoderLayer(24, 2, 32, dropout=0.0), 1), writes=True
    ),
}
