"""A compiled step (loss and all gradients) through our graph against the same network written by hand in JAX.

Prints the median time of both, measured in turn within one run, their ratio, and the ratio of the times that
compiling takes.  Before it measures, it checks that both give the same loss and the same gradients.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tripos import nets
from tripos.graph import cross_entropy, mean, symbol
from tripos.graph.node import Node
from tripos.graph.program import function
from tripos.graph.spaces import jax as jax_space

BATCH, CLASSES = 64, 10
ROUNDS, COMPILES = 300, 5

Step = Callable[..., Any]


def one_hot(rng: np.random.Generator) -> np.ndarray:
    """Return a batch of labels as one-hot rows."""
    return np.eye(CLASSES)[rng.integers(0, CLASSES, BATCH)]


def ours(loss: Node, module: nets.Module, x: Node, t: Node) -> Step:
    """Return the step of a module: the batch is leading axes of x and t."""
    symbols = module.symbols()
    run = function([loss], [*symbols.values(), x, t], jax_space)
    return lambda w, x, t: jnp.mean(run(*(w[name] for name in symbols), x, t)[0])


def nll(logits: Any, t: Any) -> Any:
    """Return the mean cross-entropy of logits with one-hot rows."""
    return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(logits), -1))


# -- the networks, twice ---------------------------------------------------------------------------


def mlp() -> tuple[nets.Module, Step, Step, tuple[int, ...]]:
    """An MLP 64-128-10."""
    module = nets.Sequential(nets.Linear(64, 128), nets.ReLU(), nets.Linear(128, CLASSES))
    x, t = symbol("x", 64), symbol("t", CLASSES)

    def by_hand(w: Any, x: Any, t: Any) -> Any:
        h = jax.nn.relu(x @ w["0.weight"].T + w["0.bias"])
        return nll(h @ w["2.weight"].T + w["2.bias"], t)

    return module, ours(cross_entropy(module(x), t), module, x, t), by_hand, (64,)


def cnn() -> tuple[nets.Module, Step, Step, tuple[int, ...]]:
    """A convolution of 8×8 images with 16 filters 3×3, max pooling, and a readout."""
    module = nets.Sequential(
        nets.Conv2d(1, 16, 3), nets.ReLU(), nets.MaxPool2d(2), nets.Flatten(), nets.Linear(144, CLASSES)
    )
    x, t = symbol("x", (1, 8, 8)), symbol("t", CLASSES)

    def by_hand(w: Any, x: Any, t: Any) -> Any:
        z = jax.lax.conv_general_dilated(x, w["0.weight"], (1, 1), "VALID")
        h = jax.nn.relu(z + w["0.bias"][:, None, None])
        p = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        return nll(p.reshape(len(x), -1) @ w["4.weight"].T + w["4.bias"], t)

    return module, ours(cross_entropy(module(x), t), module, x, t), by_hand, (1, 8, 8)


STEPS, INPUT, HIDDEN = 50, 16, 64


class Reader(nets.Module):
    """An LSTM that reads a sequence, and a readout of its last state."""

    def children(self) -> dict[str, nets.Module]:
        """Return the LSTM and the readout."""
        return {"lstm": nets.LSTM(INPUT, HIDDEN), "readout": nets.Linear(HIDDEN, CLASSES)}

    def forward(self, w: Any, x: Node) -> Node:
        """Return logits."""
        parts = self.children()
        outputs, _ = parts["lstm"](x, weights=w["lstm"])
        return parts["readout"](outputs[-1], weights=w["readout"])


def lstm() -> tuple[nets.Module, Step, Step, tuple[int, ...]]:
    """An LSTM over 50 steps."""
    module = Reader()
    x, t = symbol("x", (STEPS, INPUT)), symbol("t", CLASSES)

    def by_hand(w: Any, x: Any, t: Any) -> Any:
        w_ih, w_hh = w["lstm.weight_ih_l0"].T, w["lstm.weight_hh_l0"].T
        b_ih, b_hh = w["lstm.bias_ih_l0"], w["lstm.bias_hh_l0"]

        def step(state: Any, x: Any) -> Any:
            h, c = state
            z = x @ w_ih + b_ih + h @ w_hh + b_hh
            i, f, g, o = jnp.split(z, 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), None

        zero = jnp.zeros((len(x), HIDDEN))
        (h, _), _ = jax.lax.scan(step, (zero, zero), jnp.moveaxis(x, 1, 0))
        return nll(h @ w["readout.weight"].T + w["readout.bias"], t)

    return module, ours(cross_entropy(module(x), t), module, x, t), by_hand, (STEPS, INPUT)


TOKENS, WIDTH, HEADS = 16, 32, 4


class Classifier(nets.Module):
    """Two layers of a transformer's encoder, the mean over tokens, and a readout."""

    def children(self) -> dict[str, nets.Module]:
        """Return the encoder and the readout."""
        layer = nets.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0)
        return {"encoder": nets.TransformerEncoder(layer, 2), "readout": nets.Linear(WIDTH, CLASSES)}

    def forward(self, w: Any, x: Node) -> Node:
        """Return logits."""
        parts = self.children()
        seen = parts["encoder"](x, weights=w["encoder"])
        return parts["readout"](mean(seen, axes=0), weights=w["readout"])


def transformer() -> tuple[nets.Module, Step, Step, tuple[int, ...]]:
    """A two-layer transformer over 16 tokens."""
    module = Classifier()
    x, t = symbol("x", (TOKENS, WIDTH)), symbol("t", CLASSES)

    def norm(x: Any, gain: Any, shift: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gain + shift

    def by_hand(w: Any, x: Any, t: Any) -> Any:
        for i in range(2):
            p = {k.removeprefix(f"encoder.layers.{i}."): v for k, v in w.items()}
            qkv = x @ p["self_attn.in_proj_weight"].T + p["self_attn.in_proj_bias"]
            q, k, v = (a.reshape(*x.shape[:2], HEADS, -1) for a in jnp.split(qkv, 3, -1))
            scores = jnp.einsum("bmhd,bnhd->bhmn", q, k) / np.sqrt(WIDTH // HEADS)
            seen = jnp.einsum("bhmn,bnhd->bmhd", jax.nn.softmax(scores), v).reshape(x.shape)
            seen = seen @ p["self_attn.out_proj.weight"].T + p["self_attn.out_proj.bias"]
            x = norm(x + seen, p["norm1.weight"], p["norm1.bias"])
            h = jax.nn.relu(x @ p["linear1.weight"].T + p["linear1.bias"])
            h = h @ p["linear2.weight"].T + p["linear2.bias"]
            x = norm(x + h, p["norm2.weight"], p["norm2.bias"])
        return nll(x.mean(1) @ w["readout.weight"].T + w["readout.bias"], t)

    return module, ours(cross_entropy(module(x), t), module, x, t), by_hand, (TOKENS, WIDTH)


NETWORKS = {
    "MLP 64-128-10": mlp,
    "CNN 8×8, 16 filters 3×3": cnn,
    "LSTM, 50 steps": lstm,
    "transformer, 2 layers": transformer,
}


def compiled(step: Step, arguments: tuple[Any, ...]) -> tuple[Any, float]:
    """Return the compiled step with its gradients, and the seconds that compiling took."""
    jax.clear_caches()
    begin = time.perf_counter()
    made = jax.jit(jax.value_and_grad(step)).lower(*arguments).compile()
    return made, time.perf_counter() - begin


def seconds(run: Any, arguments: tuple[Any, ...]) -> float:
    """Return the time of one step."""
    begin = time.perf_counter()
    jax.block_until_ready(run(*arguments))
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    print(f"{'loss and gradients':26} {'ours':>9} {'by hand':>9} {'ratio':>7}   compile ratio")
    for name, build in NETWORKS.items():
        rng = np.random.default_rng(0)
        module, mine, theirs, shape = build()
        w = {k: jnp.asarray(rng.normal(size=s) / 8, jnp.float32) for k, s in module.weights().items()}
        arguments = (w, jnp.asarray(rng.normal(size=(BATCH, *shape)), jnp.float32), jnp.asarray(one_hot(rng)))
        compiling = [[], []]
        for _ in range(COMPILES):
            (one, a), (two, b) = compiled(mine, arguments), compiled(theirs, arguments)
            compiling[0].append(a)
            compiling[1].append(b)
        for x, y in zip(jax.tree.leaves(one(*arguments)), jax.tree.leaves(two(*arguments)), strict=True):
            np.testing.assert_allclose(x, y, rtol=2e-3, atol=2e-5)
        times = [[], []]
        for _ in range(ROUNDS):
            times[0].append(seconds(one, arguments))
            times[1].append(seconds(two, arguments))
        a, b = (statistics.median(t) for t in times)
        c, d = (statistics.median(t) for t in compiling)
        kept = "kept" if a / b <= 1.05 and c / d <= 1.3 else "BROKEN"
        print(
            f"{name:26} {a * 1e6:7.0f}µs {b * 1e6:7.0f}µs {a / b:6.2f}x   "
            f"{c / d:6.2f}x ({c:.2f} s against {d:.2f} s)   1.05x and 1.3x: {kept}"
        )


if __name__ == "__main__":
    main()
