"""The networks of benchmarks/training.py written by hand in NumPy: forward, backward and Adam.

Each function returns the mean loss of a batch and the gradients of the weights, which are named as ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Weights = dict[str, Any]
Slope = Callable[..., tuple[Any, Weights]]


def cross_entropy(logits: Any, t: Any) -> tuple[Any, Any]:
    """Return the mean cross-entropy and its gradient."""
    rows = np.arange(len(t))
    z = logits - logits.max(-1, keepdims=True)
    e = np.exp(z)
    total = e.sum(-1, keepdims=True)
    loss = (np.log(total[:, 0]) - z[rows, t]).mean()
    g = e / total
    g[rows, t] -= 1
    return loss, g / len(t)


def mlp(w: Weights, x: Any, t: Any) -> tuple[Any, Weights]:
    """An MLP with one hidden layer of rectified units."""
    z = x @ w["0.weight"].T + w["0.bias"]
    h = np.maximum(z, 0)
    loss, g = cross_entropy(h @ w["2.weight"].T + w["2.bias"], t)
    d = (g @ w["2.weight"]) * (z > 0)
    return loss, {"0.weight": d.T @ x, "0.bias": d.sum(0), "2.weight": g.T @ h, "2.bias": g.sum(0)}


def cnn(w: Weights, x: Any, t: Any) -> tuple[Any, Weights]:
    """A convolution as one product of matrices, max pooling 2×2, and a readout."""
    n, kernel = len(x), w["0.weight"]
    windows = sliding_window_view(x[:, 0], (3, 3), axis=(1, 2)).reshape(-1, 9)
    z = windows @ kernel.reshape(16, 9).T + w["0.bias"]
    h = np.maximum(z, 0).reshape(n, 3, 2, 3, 2, 16).transpose(0, 1, 3, 5, 2, 4).reshape(n, 3, 3, 16, 4)
    best = h.argmax(-1)[..., None]
    p = np.take_along_axis(h, best, -1)[..., 0].transpose(0, 3, 1, 2).reshape(n, 144)
    loss, g = cross_entropy(p @ w["4.weight"].T + w["4.bias"], t)
    d = np.zeros_like(h)
    back = (g @ w["4.weight"]).reshape(n, 16, 3, 3).transpose(0, 2, 3, 1)
    np.put_along_axis(d, best, back[..., None], -1)
    d = d.reshape(n, 3, 3, 16, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(-1, 16) * (z > 0)
    gradients = {
        "0.weight": (d.T @ windows).reshape(kernel.shape),
        "0.bias": d.sum(0),
        "4.weight": g.T @ p,
        "4.bias": g.sum(0),
    }
    return loss, gradients


def lstm(w: Weights, x: Any, t: Any) -> tuple[Any, Weights]:
    """An LSTM; the sums over steps of its weights' gradients are taken at the end, as one product."""
    n, steps, k = len(x), x.shape[1], 64
    w_hh = w["lstm.weight_hh_l0"]
    xs = np.ascontiguousarray(x.transpose(1, 0, 2))
    inputs = xs @ w["lstm.weight_ih_l0"].T + (w["lstm.bias_ih_l0"] + w["lstm.bias_hh_l0"])
    hs, cs = np.zeros((steps + 1, n, k)), np.zeros((steps + 1, n, k))
    gates, tanhs = np.empty((steps, n, 4 * k)), np.empty((steps, n, k))
    for s in range(steps):
        z = inputs[s] + hs[s] @ w_hh.T
        a = gates[s]
        a[:] = 1 / (1 + np.exp(-z))
        a[:, 2 * k : 3 * k] = np.tanh(z[:, 2 * k : 3 * k])
        cs[s + 1] = a[:, k : 2 * k] * cs[s] + a[:, :k] * a[:, 2 * k : 3 * k]
        tanhs[s] = np.tanh(cs[s + 1])
        hs[s + 1] = a[:, 3 * k :] * tanhs[s]
    loss, g = cross_entropy(hs[-1] @ w["readout.weight"].T + w["readout.bias"], t)
    dz, dh, dc = np.empty_like(gates), g @ w["readout.weight"], np.zeros((n, k))
    for s in reversed(range(steps)):
        i, f, c, o = np.split(gates[s], 4, -1)
        dc = dc + dh * o * (1 - tanhs[s] ** 2)
        dz[s, :, :k] = dc * c * i * (1 - i)
        dz[s, :, k : 2 * k] = dc * cs[s] * f * (1 - f)
        dz[s, :, 2 * k : 3 * k] = dc * i * (1 - c**2)
        dz[s, :, 3 * k :] = dh * tanhs[s] * o * (1 - o)
        dh, dc = dz[s] @ w_hh, dc * f
    flat = dz.reshape(-1, 4 * k)
    gradients = {
        "lstm.weight_ih_l0": flat.T @ xs.reshape(steps * n, -1),
        "lstm.weight_hh_l0": flat.T @ hs[:-1].reshape(steps * n, k),
        "lstm.bias_ih_l0": flat.sum(0),
        "lstm.bias_hh_l0": flat.sum(0),
        "readout.weight": g.T @ hs[-1],
        "readout.bias": g.sum(0),
    }
    return loss, gradients


def norm(x: Any, gain: Any, shift: Any) -> tuple[Any, Any]:
    """Return the layer norm, and what its adjoint needs."""
    centred = x - x.mean(-1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    hat = centred * scale
    return hat * gain + shift, (hat, scale)


def norm_back(g: Any, kept: Any, gain: Any) -> tuple[Any, Any, Any]:
    """Return the adjoints of the input, the gain and the shift."""
    hat, scale = kept
    d = g * gain
    back = scale * (d - d.mean(-1, keepdims=True) - hat * (d * hat).mean(-1, keepdims=True))
    return back, (g * hat).sum((0, 1)), g.sum((0, 1))


def products(d: Any, x: Any) -> Any:
    """Return the gradient of a weight: the sum over examples and tokens of d xᵀ."""
    return d.reshape(-1, d.shape[-1]).T @ x.reshape(-1, x.shape[-1])


def layer(p: Weights, x: Any, heads: int) -> tuple[Any, Callable[[Any], tuple[Any, Weights]]]:
    """Return the output of an encoder's layer, and its adjoint."""
    n, length, width = x.shape
    size = width // heads
    qkv = x @ p["self_attn.in_proj_weight"].T + p["self_attn.in_proj_bias"]
    q, k, v = qkv.reshape(n, length, 3, heads, size).transpose(2, 0, 3, 1, 4)
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(size)
    e = np.exp(scores - scores.max(-1, keepdims=True))
    a = e / e.sum(-1, keepdims=True)
    seen = (a @ v).transpose(0, 2, 1, 3).reshape(x.shape)
    y, first = norm(
        x + (seen @ p["self_attn.out_proj.weight"].T + p["self_attn.out_proj.bias"]),
        p["norm1.weight"],
        p["norm1.bias"],
    )
    z = y @ p["linear1.weight"].T + p["linear1.bias"]
    h = np.maximum(z, 0)
    out, second = norm(
        y + (h @ p["linear2.weight"].T + p["linear2.bias"]), p["norm2.weight"], p["norm2.bias"]
    )

    def back(g: Any) -> tuple[Any, Weights]:
        found: Weights = {}
        d, found["norm2.weight"], found["norm2.bias"] = norm_back(g, second, p["norm2.weight"])
        dz = (d @ p["linear2.weight"]) * (z > 0)
        found |= {"linear2.weight": products(d, h), "linear2.bias": d.sum((0, 1))}
        found |= {"linear1.weight": products(dz, y), "linear1.bias": dz.sum((0, 1))}
        d = d + dz @ p["linear1.weight"]
        d, found["norm1.weight"], found["norm1.bias"] = norm_back(d, first, p["norm1.weight"])
        found |= {"self_attn.out_proj.weight": products(d, seen), "self_attn.out_proj.bias": d.sum((0, 1))}
        o = (d @ p["self_attn.out_proj.weight"]).reshape(n, length, heads, size).transpose(0, 2, 1, 3)
        da = o @ v.swapaxes(-1, -2)
        ds = a * (da - (da * a).sum(-1, keepdims=True)) / np.sqrt(size)
        three = np.stack([ds @ k, ds.swapaxes(-1, -2) @ q, a.swapaxes(-1, -2) @ o])
        dqkv = three.transpose(1, 3, 0, 2, 4).reshape(n, length, 3 * width)
        found |= {"self_attn.in_proj_weight": products(dqkv, x), "self_attn.in_proj_bias": dqkv.sum((0, 1))}
        return d + dqkv @ p["self_attn.in_proj_weight"], found

    return out, back


def transformer(w: Weights, x: Any, t: Any) -> tuple[Any, Weights]:
    """Two layers of an encoder, the mean over tokens, and a readout."""
    backs = []
    for i in range(2):
        start = f"encoder.layers.{i}."
        x, back = layer({k.removeprefix(start): v for k, v in w.items() if k.startswith(start)}, x, 4)
        backs.append((start, back))
    seen = x.mean(1)
    loss, g = cross_entropy(seen @ w["readout.weight"].T + w["readout.bias"], t)
    gradients = {"readout.weight": g.T @ seen, "readout.bias": g.sum(0)}
    d = np.broadcast_to((g @ w["readout.weight"])[:, None] / x.shape[1], x.shape)
    for start, back in reversed(backs):
        d, found = back(d)
        gradients |= {start + k: v for k, v in found.items()}
    return loss, gradients


def vae(w: Weights, x: Any, epsilon: Any) -> tuple[Any, Weights]:
    """A variational auto-encoder of bits, with normal latents; the loss is −ELBO."""
    n = len(x)
    z1 = x @ w["encoder.0.weight"].T + w["encoder.0.bias"]
    h1 = np.maximum(z1, 0)
    mu, s = np.split(h1 @ w["encoder.2.weight"].T + w["encoder.2.bias"], 2, -1)
    sigma = np.exp(s / 2)
    z = mu + sigma * epsilon
    z2 = z @ w["decoder.0.weight"].T + w["decoder.0.bias"]
    h2 = np.maximum(z2, 0)
    a = h2 @ w["decoder.2.weight"].T + w["decoder.2.bias"]
    fit = (np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))) - x * a).sum(-1)
    loss = (fit + (sigma**2 + mu**2 - 1 - s).sum(-1) / 2).mean()
    g = (1 / (1 + np.exp(-a)) - x) / n
    d2 = (g @ w["decoder.2.weight"]) * (z2 > 0)
    dz = d2 @ w["decoder.0.weight"]
    do = np.concatenate([dz + mu / n, dz * epsilon * sigma / 2 + (sigma**2 - 1) / (2 * n)], -1)
    d1 = (do @ w["encoder.2.weight"]) * (z1 > 0)
    gradients = {
        "encoder.0.weight": d1.T @ x,
        "encoder.0.bias": d1.sum(0),
        "encoder.2.weight": do.T @ h1,
        "encoder.2.bias": do.sum(0),
        "decoder.0.weight": d2.T @ z,
        "decoder.0.bias": d2.sum(0),
        "decoder.2.weight": g.T @ h2,
        "decoder.2.bias": g.sum(0),
    }
    return loss, gradients


SLOPES: dict[str, Slope] = {"MLP": mlp, "CNN": cnn, "LSTM": lstm, "transformer": transformer, "VAE": vae}


class Training:
    """Weights under training by Adam, whose averages and weights are changed in place."""

    def __init__(self, name: str, weights: Weights):
        self.slope = SLOPES[name]
        self.weights = {k: np.array(w, dtype=np.float64) for k, w in weights.items()}
        self.m = {k: np.zeros_like(w) for k, w in self.weights.items()}
        self.v = {k: np.zeros_like(w) for k, w in self.weights.items()}
        self.t = 0

    def step(self, x: Any, other: Any) -> float:
        """Take a step; return the loss before it."""
        loss, gradients = self.slope(self.weights, x, other)
        self.t += 1
        one, two = 1 - 0.9**self.t, 1 - 0.999**self.t
        for k, g in gradients.items():
            w, m, v = self.weights[k], self.m[k], self.v[k]
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * g * g
            w -= 1e-3 * (m / one) / (np.sqrt(v / two) + 1e-8)
        return float(loss)
