"""Random instances of the layers that read sequences: see ``layers``."""

from typing import Any

import numpy as np
import scipy.special as special
from hypothesis import strategies as st

from nets.layers import (
    ACTIVATIONS,
    Arrays,
    Layer,
    flags,
    layer_norm,
    lead,
    linear,
    linear_weights,
    maker,
    of,
    reals,
    sizes,
    under,
)
from tripos import nets

# -- recurrent layers ------------------------------------------------------------------------------

PHI: dict[str, Any] = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "sigmoid": special.expit,
    "shifted sigmoid": lambda z: special.expit(z) - 0.5,
    "identity": lambda z: z,
}


def gates(w: Arrays, x: Any, h: Any, suffix: str) -> tuple[Any, Any]:
    """Return what the input and the state contribute, biases included."""
    return (
        w[f"weight_ih{suffix}"] @ x + w.get(f"bias_ih{suffix}", 0),
        w[f"weight_hh{suffix}"] @ h + w.get(f"bias_hh{suffix}", 0),
    )


def rnn_step(w: Arrays, x: Any, state: Any, suffix: str = "", phi: Any = np.tanh) -> tuple[Any, Any]:
    h = phi(sum(gates(w, x, state, suffix)))
    return h, h


def gru_step(w: Arrays, x: Any, state: Any, suffix: str = "") -> tuple[Any, Any]:
    (ri, zi, ni), (rh, zh, nh) = (np.split(part, 3) for part in gates(w, x, state, suffix))
    z, n = special.expit(zi + zh), np.tanh(ni + special.expit(ri + rh) * nh)
    h = (1 - z) * n + z * state
    return h, h


def lstm_step(w: Arrays, x: Any, state: Any, suffix: str = "") -> tuple[Any, Any]:
    h, c = state
    i, f, g, o = np.split(sum(gates(w, x, h, suffix)), 4)
    c = special.expit(f) * c + special.expit(i) * np.tanh(g)
    h = special.expit(o) * np.tanh(c)
    return h, (h, c)


def recurrent_weights(n: int, h: int, gates: int, bias: bool, suffix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {f"weight_ih{suffix}": (gates * h, n), f"weight_hh{suffix}": (gates * h, h)}
    return found | ({f"bias_ih{suffix}": (gates * h,), f"bias_hh{suffix}": (gates * h,)} if bias else {})


def _cell(draw: Any, kind: Any, gates: int, step: Any, **options: Any) -> Layer:
    n, h, bias, starts = draw(sizes), draw(sizes), draw(flags), draw(flags)
    zero = np.zeros(h)

    def reference(w: Arrays, x: Any, *given: Any) -> Any:
        state = (given or (zero, zero)) if gates == 4 else (given[0] if given else zero)
        after = step(w, x, state)[1]
        return list(after) if gates == 4 else [after]

    inputs = reals((n,), *[(h,)] * ((2 if gates == 4 else 1) if starts else 0))
    module = kind(n, h, bias, **options)
    call = (lambda x, *s, weights: module(x, s, weights=weights)) if starts and gates == 4 else None
    return Layer(module, inputs, recurrent_weights(n, h, gates, bias), reference, call)


@maker
def RNNCell(draw: Any) -> Layer:
    phi = draw(st.sampled_from(sorted(PHI)))
    step = lambda w, x, s: rnn_step(w, x, s, phi=PHI[phi])  # noqa: E731
    return _cell(draw, nets.RNNCell, 1, step, nonlinearity=phi)


@maker
def GRUCell(draw: Any) -> Layer:
    return _cell(draw, nets.GRUCell, 3, gru_step)


@maker
def LSTMCell(draw: Any) -> Layer:
    return _cell(draw, nets.LSTMCell, 4, lstm_step)


def run(w: Arrays, x: Any, states: list[Any], step: Any, layers: int, ways: int) -> tuple[Any, list[Any]]:
    """Return the outputs of the last layer, and the state in which each layer and direction ends."""
    ends: list[Any] = []
    for layer in range(layers):
        outs = []
        for way in range(ways):
            state, found = states[layer * ways + way], []
            for entry in x[::-1] if way else x:
                out, state = step(w, entry, state, f"_l{layer}" + "_reverse" * way)
                found.append(out)
            outs.append(np.stack(found[::-1] if way else found))
            ends.append(state)
        x = np.concatenate(outs, -1)
    return x, ends


def _layers(draw: Any, kind: Any, gates: int, step: Any, **options: Any) -> Layer:
    n, h, T = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    layers, both, bias, starts = draw(st.integers(1, 2)), draw(flags), draw(flags), draw(flags)
    ways = 2 if both else 1
    weights: dict[str, Any] = {}
    for layer in range(layers):
        for suffix in ("", "_reverse")[:ways]:
            reads = n if layer == 0 else ways * h
            weights |= recurrent_weights(reads, h, gates, bias, f"_l{layer}{suffix}")

    def reference(w: Arrays, x: Any, *given: Any) -> Any:
        parts = given or [np.zeros((layers * ways, h))] * (2 if gates == 4 else 1)
        states = list(zip(*parts, strict=True)) if gates == 4 else list(parts[0])
        out, ends = run(w, x, states, step, layers, ways)
        return [out, *map(np.stack, zip(*ends, strict=True))] if gates == 4 else [out, np.stack(ends)]

    module = kind(n, h, layers, bias=bias, bidirectional=both, **options)
    inputs = reals((T, n), *[(layers * ways, h)] * ((2 if gates == 4 else 1) if starts else 0))
    call = (lambda x, *s, weights: module(x, s, weights=weights)) if starts and gates == 4 else None
    return Layer(module, inputs, weights, reference, call)


@maker
def RNN(draw: Any) -> Layer:
    phi = draw(st.sampled_from(sorted(PHI)))
    step = lambda w, x, s, suffix: rnn_step(w, x, s, suffix, PHI[phi])  # noqa: E731
    return _layers(draw, nets.RNN, 1, step, nonlinearity=phi)


@maker
def GRU(draw: Any) -> Layer:
    return _layers(draw, nets.GRU, 3, gru_step)


@maker
def LSTM(draw: Any) -> Layer:
    return _layers(draw, nets.LSTM, 4, lstm_step)


# -- from sequence to sequence ---------------------------------------------------------------------


def additive(w: Arrays, query: Any, keys: Any) -> Any:
    scores = [w["score"] @ np.tanh(w["query"] @ query + w["key"] @ key) for key in keys]
    return special.softmax(scores)


@maker
def AdditiveAttention(draw: Any) -> Layer:
    q, k, h, n = (draw(sizes) for _ in range(4))
    weights = {"query": (h, q), "key": (h, k), "score": (h,)}
    return Layer(nets.AdditiveAttention(q, k, h), reals((q,), (n, k)), weights, additive)


CELLS: dict[str, Any] = {"RNN": (1, rnn_step), "GRU": (3, gru_step), "LSTM": (4, lstm_step)}


def _seq2seq(draw: Any, attends: bool) -> Layer:
    n, m, h, k = (draw(st.integers(1, 2)) for _ in range(4))
    S, T = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    cell = draw(st.sampled_from(sorted(CELLS)))
    count, step = CELLS[cell]
    weights = under("encoder", recurrent_weights(n, h, count, True, "_l0"))
    weights |= under("decoder", recurrent_weights(m + h, h, count, True))
    weights |= under("readout", linear_weights(2 * h, k))
    if attends:
        weights |= under("attention", {"query": (h, h), "key": (h, h), "score": (h,)})

    def reference(w: Arrays, x: Any, y: Any) -> Any:
        start = (np.zeros(h), np.zeros(h)) if cell == "LSTM" else np.zeros(h)
        memory, (state,) = run(of(w, "encoder"), x, [start], step, 1, 1)
        found = []
        for before in y:
            seen = state[0] if cell == "LSTM" else state
            alpha = additive(of(w, "attention"), seen, memory) if attends else np.eye(S)[-1]
            context = alpha @ memory
            out, state = step(of(w, "decoder"), np.concatenate([before, context]), state)
            found.append(linear(of(w, "readout"), np.concatenate([out, context])))
        return np.stack(found)

    kind = nets.AttentionSeq2Seq if attends else nets.Seq2Seq
    return Layer(kind(n, m, h, k, cell), reals((S, n), (T, m)), weights, reference)


@maker
def Seq2Seq(draw: Any) -> Layer:
    return _seq2seq(draw, False)


@maker
def AttentionSeq2Seq(draw: Any) -> Layer:
    return _seq2seq(draw, True)


# -- attention -------------------------------------------------------------------------------------


def attention_weights(E: int, bias: bool, k: int | None = None, v: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"in_proj_weight": (3 * E, E)}
    if (k or E, v or E) != (E, E):
        found = {"q_proj_weight": (E, E), "k_proj_weight": (E, k or E), "v_proj_weight": (E, v or E)}
    if bias:
        found["in_proj_bias"] = (3 * E,)
    return found | under("out_proj", linear_weights(E, E, bias))


def multihead(w: Arrays, q: Any, k: Any, v: Any, heads: int, mask: Any = None) -> tuple[Any, Any]:
    if q.ndim == 3:
        pairs = [multihead(w, *each, heads, mask) for each in zip(q, k, v, strict=True)]
        return np.stack([y for y, _ in pairs]), np.stack([a for _, a in pairs])
    E = q.shape[-1]
    packed = w.get("in_proj_weight")
    matrices = np.split(packed, 3) if packed is not None else [w[f"{x}_proj_weight"] for x in "qkv"]
    biases = np.split(w.get("in_proj_bias", np.zeros(3 * E)), 3)
    Q, K, V = (x @ W.T + b for x, W, b in zip((q, k, v), matrices, biases, strict=True))
    d, outs, maps = E // heads, [], []
    for i in range(heads):
        part = slice(i * d, (i + 1) * d)
        scores = Q[:, part] @ K[:, part].T / np.sqrt(d)
        if mask is not None:
            scores = np.where(mask > 0, scores, -np.inf)
        maps.append(special.softmax(scores, -1))
        outs.append(maps[-1] @ V[:, part])
    return linear(of(w, "out_proj"), np.concatenate(outs, -1)), np.mean(maps, 0)


@maker
def MultiheadAttention(draw: Any) -> Layer:
    heads, d, L, S = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(sizes), draw(sizes)
    E, bias, batch = heads * d, draw(flags), lead(draw, 1)
    k, v = draw(st.none() | sizes), draw(st.none() | sizes)
    mask = np.tri(L, S) if draw(flags) else None
    module = nets.MultiheadAttention(E, heads, bias=bias, kdim=k, vdim=v)
    extra = [] if mask is None else [mask.astype(int).tolist()]
    return Layer(
        module,
        reals((*batch, L, E), (*batch, S, k or E), (*batch, S, v or E)),
        attention_weights(E, bias, k, v),
        lambda w, *x: list(multihead(w, *x, heads, mask)),
        lambda *x, weights: module(*x, *extra, weights=weights),
    )


# -- transformers ----------------------------------------------------------------------------------


def block_weights(E: int, F: int, bias: bool, attentions: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in attentions:
        found |= under(name, attention_weights(E, bias))
    found |= under("linear1", linear_weights(E, F, bias)) | under("linear2", linear_weights(F, E, bias))
    for i in range(1, len(attentions) + 2):
        found |= under(f"norm{i}", {"weight": (E,)} | ({"bias": (E,)} if bias else {}))
    return found


class Block:
    """The settings of a transformer's layers, and what they compute."""

    def __init__(self, draw: Any):
        self.heads, each = draw(st.integers(1, 2)), draw(st.integers(1, 2))
        self.E, self.F = self.heads * each, draw(st.integers(1, 3))
        self.activation = draw(st.sampled_from(["relu", "gelu", "silu"]))
        self.eps, self.first, self.bias = draw(st.sampled_from([1e-5, 0.25])), draw(flags), draw(flags)
        self.phi = ACTIVATIONS[{"relu": "ReLU", "gelu": "GELU", "silu": "SiLU"}[self.activation]]
        self.arguments = (self.E, self.heads, self.F, 0.1, self.activation)
        self.options = {"layer_norm_eps": self.eps, "norm_first": self.first, "bias": self.bias}

    def norm(self, w: Arrays, x: Any) -> Any:
        return layer_norm(w, x, eps=self.eps)

    def branch(self, w: Arrays, i: int, x: Any, f: Any) -> Any:
        norm = lambda y: self.norm(of(w, f"norm{i}"), y)  # noqa: E731
        return x + f(norm(x)) if self.first else norm(x + f(x))

    def feed(self, w: Arrays, x: Any) -> Any:
        return linear(of(w, "linear2"), self.phi(linear(of(w, "linear1"), x)))

    def encode(self, w: Arrays, x: Any, mask: Any = None) -> Any:
        attend = lambda y: multihead(of(w, "self_attn"), y, y, y, self.heads, mask)[0]  # noqa: E731
        return self.branch(w, 2, self.branch(w, 1, x, attend), lambda y: self.feed(w, y))

    def decode(self, w: Arrays, x: Any, memory: Any, mask: Any = None) -> Any:
        own = lambda y: multihead(of(w, "self_attn"), y, y, y, self.heads, mask)[0]  # noqa: E731
        cross = lambda y: multihead(of(w, "multihead_attn"), y, memory, memory, self.heads)[0]  # noqa: E731
        x = self.branch(w, 2, self.branch(w, 1, x, own), cross)
        return self.branch(w, 3, x, lambda y: self.feed(w, y))

    def norm_weights(self) -> dict[str, Any]:
        return {"weight": (self.E,)} | ({"bias": (self.E,)} if self.bias else {})


SELF, BOTH = ("self_attn",), ("self_attn", "multihead_attn")


@maker
def TransformerEncoderLayer(draw: Any) -> Layer:
    b, L, batch = Block(draw), draw(st.integers(1, 3)), lead(draw, 1)
    module = nets.TransformerEncoderLayer(*b.arguments, **b.options)
    return Layer(module, reals((*batch, L, b.E)), block_weights(b.E, b.F, b.bias, SELF), b.encode)


@maker
def TransformerDecoderLayer(draw: Any) -> Layer:
    b, L, S, batch = Block(draw), draw(st.integers(1, 3)), draw(st.integers(1, 3)), lead(draw, 1)
    module = nets.TransformerDecoderLayer(*b.arguments, **b.options)
    weights = block_weights(b.E, b.F, b.bias, BOTH)
    return Layer(module, reals((*batch, L, b.E), (*batch, S, b.E)), weights, b.decode)


def stack_weights(b: Block, count: int, attentions: tuple[str, ...], norm: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for i in range(count):
        found |= under(f"layers.{i}", block_weights(b.E, b.F, b.bias, attentions))
    return found | (under("norm", b.norm_weights()) if norm else {})


def through(b: Block, w: Arrays, count: int, norm: bool, x: Any, step: Any) -> Any:
    for i in range(count):
        x = step(of(w, f"layers.{i}"), x)
    return b.norm(of(w, "norm"), x) if norm else x


@maker
def TransformerEncoder(draw: Any) -> Layer:
    b, L, count, norm = Block(draw), draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(flags)
    own = nets.TransformerEncoderLayer(*b.arguments, **b.options)
    module = nets.TransformerEncoder(own, count, nets.LayerNorm(b.E, b.eps, bias=b.bias) if norm else None)
    mask = np.tri(L)
    return Layer(
        module,
        reals((L, b.E)),
        stack_weights(b, count, SELF, norm),
        lambda w, x: through(b, w, count, norm, x, lambda v, y: b.encode(v, y, mask)),
        lambda x, weights: module(x, mask.astype(int).tolist(), weights=weights),
    )


@maker
def TransformerDecoder(draw: Any) -> Layer:
    b, L, S, norm = Block(draw), draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(flags)
    own, count = nets.TransformerDecoderLayer(*b.arguments, **b.options), draw(st.integers(1, 2))
    module = nets.TransformerDecoder(own, count, nets.LayerNorm(b.E, b.eps, bias=b.bias) if norm else None)
    return Layer(
        module,
        reals((L, b.E), (S, b.E)),
        stack_weights(b, count, BOTH, norm),
        lambda w, x, m: through(b, w, count, norm, x, lambda v, y: b.decode(v, y, m)),
    )


@maker
def Transformer(draw: Any) -> Layer:
    b, L, S = Block(draw), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    reads, writes = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    E, heads, F, rate, activation = b.arguments
    module = nets.Transformer(E, heads, reads, writes, F, rate, activation, **b.options)
    weights = under("encoder", stack_weights(b, reads, SELF, True))
    weights |= under("decoder", stack_weights(b, writes, BOTH, True))

    def reference(w: Arrays, x: Any, y: Any) -> Any:
        memory = through(b, of(w, "encoder"), reads, True, x, b.encode)
        return through(b, of(w, "decoder"), writes, True, y, lambda v, z: b.decode(v, z, memory))

    return Layer(module, reals((S, E), (L, E)), weights, reference)
