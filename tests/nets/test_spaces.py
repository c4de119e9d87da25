"""Every layer and every system from one definition: exact, in NumPy and compiled by JAX, with gradients."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tripos import nets
from tripos.graph import Node, Program, causal_mask, constant, grad, symbol
from tripos.graph import sum as total
from tripos.graph.node import entry_count, free_symbols
from tripos.graph.program import function
from tripos.graph.spaces import exact as exact_space
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space
from tripos.graph.values import to_float
from tripos.nets.module import Module

jax.config.update("jax_disable_most_optimizations", True)  # compiling takes longer than running

HALF, DROP = Fraction(1, 2), Fraction(1, 4)


def x(*shape: int, domain: str = "real", name: str = "x") -> Node:
    return symbol(name, shape, domain)


def y(*shape: int, domain: str = "real") -> Node:
    return x(*shape, domain=domain, name="y")


def trained(build: Callable[[], Any]) -> Any:
    """Return what is built as for training; masks are symbols then."""
    with nets.training():
        return build()


def with_statistics(layer: nets.BatchNorm1d | nets.BatchNorm2d, x: Node) -> Node:
    """Return what a batch norm makes of ``x`` with its running variances, which are positive."""
    return layer(x, weights={"running_var": symbol("v", layer.num_features, "positive")})


def inverse(flow: Any, x: Node) -> Any:
    return flow.inverse(x)


MADE2 = nets.MADE(2, (3,), 2, nets.Tanh())
WITH_CONTEXT = nets.MADE(2, (3,), 2, nets.Tanh(), context=1)
COUPLING = nets.AffineCoupling(nets.Linear(1, 2), 2, 1)
VAE = nets.VAE(nets.MLP([3, 2, 2], nets.Tanh()), nets.Linear(1, 3))
BITS = nets.BernoulliVAE(nets.Linear(3, 2), nets.Linear(2, 3))
CLASSES = nets.CategoricalVAE(nets.Linear(3, 2), nets.Linear(2, 3), temperature=HALF)
FLOW_VAE = nets.FlowVAE(nets.VAE(nets.Linear(3, 4), nets.Linear(2, 3), "normal", HALF), nets.PlanarFlow(2))
GAN = nets.GAN(nets.Linear(2, 3), nets.Sequential(nets.Linear(3, 2), nets.Tanh(), nets.Linear(2, 1)))
CODE = nets.Linear(3, 2), nets.Linear(2, 3)
IMAGES = (
    nets.Sequential(nets.Conv2d(1, 2, 2, stride=2), nets.Tanh()),
    nets.ConvTranspose2d(2, 1, 2, stride=2),
)
ENCODER = nets.TransformerEncoderLayer(2, 1, 2, dropout=DROP)
DECODER = nets.TransformerDecoderLayer(2, 1, 2, norm_first=True)

SYSTEMS: dict[str, Callable[[], Any]] = {
    # layers without weights
    **{
        name: lambda name=name: getattr(nets, name)()(x(3))
        for name in (
            *("ELU", "GELU", "HardThreshold", "Identity", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Softmax"),
            *("Softplus", "Softsign", "Tanh"),
        )
    },
    "Flatten": lambda: nets.Flatten()(x(2, 2, 2)),
    "Flatten from an axis": lambda: nets.Flatten(1)(x(2, 2, 2)),
    "Dropout": lambda: nets.Dropout(DROP)(x(3)),
    "Dropout in training": lambda: trained(lambda: nets.Dropout(DROP)(x(3))),
    "PositionalEncoding": lambda: nets.PositionalEncoding(4)(x(3, 4)),
    # feed-forward networks
    "Linear": lambda: nets.Linear(3, 2)(x(3)),
    "Linear of rows": lambda: nets.Linear(3, 2, bias=False)(x(2, 3)),
    "Sequential": lambda: nets.Sequential(nets.Linear(2, 3), nets.ReLU(), nets.Linear(3, 1))(x(2)),
    "MLP": lambda: nets.MLP([2, 3, 2], nets.Tanh(), nets.Softmax())(x(2)),
    "MLP of rows": lambda: nets.MLP([2, 3, 1], output=nets.Sigmoid())(x(2, 2)),
    "MLP with thresholds": lambda: nets.MLP([2, 3, 2], nets.HardThreshold())(x(2)),
    "MLP that is linear": lambda: nets.linear_network([2, 3, 1])(x(2)),
    "LogisticRegression": lambda: nets.LogisticRegression(3)(x(3)),
    "SoftmaxRegression": lambda: nets.SoftmaxRegression(2, 3)(x(2)),
    "Perceptron": lambda: nets.Perceptron(3)(x(3)),
    "Residual": lambda: nets.Residual(nets.MLP([2, 3, 2], nets.Tanh()))(x(2)),
    "ResidualMLP": lambda: nets.ResidualMLP(2, depth=2, hidden=3)(x(2)),
    # convolution and pooling
    "Conv1d": lambda: nets.Conv1d(2, 2, 3, stride=2, padding=1)(x(2, 5)),
    "Conv1d in full": lambda: nets.Conv1d(1, 2, 2, padding="full", dilation=2)(x(1, 3)),
    "Conv2d": lambda: nets.Conv2d(2, 2, (2, 1), padding=(1, 0), dilation=2, groups=2)(x(2, 3, 2)),
    "Conv2d of the same size": lambda: nets.Conv2d(1, 2, 3, padding="same", bias=False)(x(2, 1, 2, 3)),
    "ConvTranspose1d": lambda: nets.ConvTranspose1d(2, 1, 3, stride=2, output_padding=1)(x(2, 2)),
    "ConvTranspose2d": lambda: nets.ConvTranspose2d(1, 2, 2, stride=2, padding=1)(x(1, 2, 2)),
    "MaxPool1d": lambda: nets.MaxPool1d(3, 1, 1)(x(2, 4)),
    "MaxPool2d": lambda: nets.MaxPool2d(2, 1)(x(1, 3, 3)),
    "AvgPool1d": lambda: nets.AvgPool1d(2, 1, 1, count_include_pad=False)(x(1, 4)),
    "AvgPool2d": lambda: nets.AvgPool2d(2)(x(1, 4, 4)),
    "AdaptiveAvgPool1d": lambda: nets.AdaptiveAvgPool1d(2)(x(1, 4)),
    "AdaptiveAvgPool2d": lambda: nets.AdaptiveAvgPool2d((1, 2))(x(1, 2, 4)),
    "GlobalAvgPool": lambda: nets.GlobalAvgPool()(x(2, 2, 2)),
    "GlobalMaxPool": lambda: nets.GlobalMaxPool(1)(x(2, 3)),
    # normalisation and embedding
    "LayerNorm": lambda: nets.LayerNorm(3)(x(2, 3)),
    "RMSNorm": lambda: nets.RMSNorm(3)(x(2, 3)),
    "BatchNorm1d": lambda: with_statistics(nets.BatchNorm1d(2), x(2)),
    "BatchNorm1d in training": lambda: trained(lambda: nets.BatchNorm1d(2)(x(3, 2))),
    "BatchNorm2d": lambda: with_statistics(nets.BatchNorm2d(2), x(1, 2, 1, 2)),
    "BatchNorm2d in training": lambda: trained(lambda: nets.BatchNorm2d(1, eps=0)(x(2, 1, 1, 2))),
    "Embedding": lambda: nets.Embedding(4, 2)(x(3, domain="size")),
    "Embedding with padding": lambda: nets.Embedding(4, 2, padding_idx=1)(x(3, domain="size")),
    # recurrent networks
    "RNNCell": lambda: nets.RNNCell(2, 2)(x(2), y(2)),
    "GRUCell": lambda: nets.GRUCell(2, 1)(x(2), y(1)),
    "LSTMCell": lambda: nets.LSTMCell(2, 1)(x(2), (y(1), symbol("c", 1))),
    **{
        f"RNN with {phi}": lambda phi=phi: nets.RNN(2, 2, nonlinearity=phi)(x(2, 2))
        for phi in ("tanh", "relu", "sigmoid", "shifted sigmoid", "identity")
    },
    "RNN in both directions": lambda: nets.RNN(1, 1, num_layers=2, bidirectional=True)(x(3, 1)),
    "GRU": lambda: nets.GRU(2, 1)(x(2, 2), y(1, 1)),
    "LSTM": lambda: nets.LSTM(1, 1)(x(2, 1)),
    "LSTM in both directions": lambda: nets.LSTM(1, 1, bidirectional=True, bias=False)(x(2, 1)),
    "Seq2Seq": lambda: nets.Seq2Seq(1, 1, 1, 2, cell="RNN")(x(2, 1), y(2, 1)),
    "Seq2Seq with LSTM": lambda: nets.Seq2Seq(1, 1, 1, 2, cell="LSTM")(x(2, 1), y(1, 1)),
    "AdditiveAttention": lambda: nets.AdditiveAttention(2, 2, 2)(x(2), y(3, 2)),
    "AttentionSeq2Seq": lambda: nets.AttentionSeq2Seq(1, 1, 1, 2, cell="RNN")(x(2, 1), y(2, 1)),
    # attention and transformers
    "MultiheadAttention": lambda: nets.MultiheadAttention(2, 2)(x(2, 2), x(2, 2), x(2, 2)),
    "MultiheadAttention across": lambda: nets.MultiheadAttention(2, 1, kdim=1, vdim=3)(
        x(2, 2), y(3, 1), symbol("z", (3, 3)), symbol("mask", (2, 3), "bit")
    ),
    "TransformerEncoderLayer": lambda: ENCODER(x(2, 2), causal_mask(2)),
    "TransformerEncoderLayer in training": lambda: trained(lambda: ENCODER(x(2, 2))),
    "TransformerDecoderLayer": lambda: DECODER(x(2, 2), y(1, 2), causal_mask(2)),
    "TransformerEncoder": lambda: nets.TransformerEncoder(
        nets.TransformerEncoderLayer(2, 1, 1, activation="gelu", norm_first=True), 2, nets.LayerNorm(2)
    )(x(1, 2)),
    "TransformerDecoder": lambda: nets.TransformerDecoder(DECODER, 1, nets.LayerNorm(2))(x(1, 2), y(2, 2)),
    "Transformer": lambda: nets.Transformer(2, 1, 1, 1, 2)(x(2, 2), y(2, 2), None, causal_mask(2)),
    # generative models
    "AutoEncoder": lambda: nets.AutoEncoder(*CODE).loss(x(3)),
    "AutoEncoder of images": lambda: nets.AutoEncoder(*IMAGES).loss(x(1, 2, 4)),
    "SparseAutoEncoder": lambda: nets.SparseAutoEncoder(*CODE, coefficient=HALF).loss(x(2, 3)),
    "SparseAutoEncoder with a rate": lambda: nets.SparseAutoEncoder(
        nets.Sequential(CODE[0], nets.Sigmoid()), CODE[1], rho=DROP
    ).loss(x(2, 3)),
    "DenoisingAutoEncoder": lambda: nets.DenoisingAutoEncoder(*CODE, sigma=HALF).loss(x(3)),
    "DenoisingAutoEncoder that masks": lambda: nets.DenoisingAutoEncoder(*CODE, corruption="masking").loss(
        x(3)
    ),
    "VAE": lambda: VAE(x(3)),
    "VAE by its loss": lambda: VAE.loss(x(2, 3, domain="bit")),
    "BernoulliVAE": lambda: (BITS.loss(x(2, 3, domain="bit")), BITS.log_evidence(y(3, domain="bit"))),
    "CategoricalVAE": lambda: CLASSES.loss(x(3, domain="bit")),
    "CategoricalVAE, relaxed": lambda: CLASSES.relaxed_elbo(x(3, domain="bit")),
    "FlowVAE": lambda: FLOW_VAE.loss(x(3)),
    "MaskedLinear": lambda: nets.MaskedLinear(2, 2, ((1, 0), (1, 1)))(x(2)),
    "MADE": lambda: nets.MADE(3, (4,), 1)(x(3)),
    "MADE with a context": lambda: WITH_CONTEXT(x(2), y(1)),
    "InverseAutoregressiveFlow": lambda: nets.InverseAutoregressiveFlow(WITH_CONTEXT)(x(2), y(1)),
    "InverseAutoregressiveFlow, back": lambda: inverse(nets.InverseAutoregressiveFlow(MADE2), x(2)),
    "MaskedAutoregressiveFlow": lambda: nets.MaskedAutoregressiveFlow(MADE2)(x(2)),
    "MaskedAutoregressiveFlow, back": lambda: inverse(nets.MaskedAutoregressiveFlow(MADE2), x(2, 2)),
    "AffineCoupling": lambda: COUPLING(x(2)),
    "AffineCoupling, back": lambda: inverse(COUPLING, x(2, 2)),
    "PlanarFlow": lambda: nets.PlanarFlow(2)(x(2)),
    "Reverse": lambda: nets.Reverse()(x(2, 3)),
    "Flow": lambda: nets.Flow(COUPLING, nets.Reverse(), COUPLING)(x(2)),
    "Flow by its density": lambda: nets.Flow(COUPLING, nets.Reverse(), COUPLING).log_density(x(2)),
    "GAN": lambda: GAN(x(2)),
    "GAN, the discriminator": lambda: (GAN.discriminator_loss(x(2, 3), y(2, 2)), GAN.value(x(3), y(2))),
    "GAN, the generator": lambda: (GAN.minimax_loss(y(2, 2)), GAN.non_saturating_loss(y(2, 2))),
    # losses
    "CrossEntropyLoss": lambda: nets.CrossEntropyLoss(label_smoothing=DROP)(x(2, 3), [2, 0]),
    "CrossEntropyLoss of a vector": lambda: nets.CrossEntropyLoss()(x(3), 1),
    "BCEWithLogitsLoss": lambda: nets.BCEWithLogitsLoss()(x(3), y(3, domain="bit")),
    "BCELoss": lambda: nets.BCELoss(reduction="sum")(x(3, domain="probability"), y(3, domain="bit")),
    "MSELoss": lambda: nets.MSELoss()(x(3), y(3)),
    "L1Loss": lambda: nets.L1Loss()(x(3), y(3)),
    "HuberLoss": lambda: nets.HuberLoss(delta=HALF, reduction="none")(x(3), y(3)),
}
"""How to build each system from symbols; the first word is the class.  All have exact values."""


# -- what is bound ---------------------------------------------------------------------------------


@cache
def system(name: str) -> tuple[Node, ...]:
    """Return the outputs of a system."""
    return tuple(flat(SYSTEMS[name]()))


def flat(found: Any) -> list[Node]:
    return [found] if isinstance(found, Node) else [node for part in found for node in flat(part)]


@cache
def leaves(name: str) -> list[Node]:
    """Return the symbols that the outputs of a system depend on: inputs, weights, noise and masks."""
    return list(dict.fromkeys(s for node in system(name) for s in free_symbols(node)))


def smooth(name: str) -> list[int]:
    """Return the positions of the symbols that have gradients."""
    return [i for i, s in enumerate(leaves(name)) if dict(s.attrs)["domain"] not in ("bit", "size")]


def drawn(name: str, seed: int = 0) -> list[np.ndarray]:
    """Return small fractions for all symbols: none is 0, and no two of a seed are the same."""
    rng = np.random.default_rng([seed, *map(ord, name)])
    count = sum(entry_count(s.shape) for s in leaves(name))
    n = max(2, 1 << (count - 1).bit_length())
    pool = iter(rng.permutation(n))
    return [_entries(s.shape, dict(s.attrs)["domain"], n, pool) for s in leaves(name)]


def _entries(shape: tuple[int, ...], domain: str, n: int, pool: Any) -> np.ndarray:
    found = np.empty(entry_count(shape), dtype=object)
    for i in range(found.size):
        k = int(next(pool))
        unit = Fraction(2 * k + 1, 2 * n)  # between 0 and 1
        found[i] = {"bit": Fraction(k % 2), "size": Fraction(1 + k % 3), "real": 3 * unit - 1 - HALF}.get(
            domain, unit
        )
    return found.reshape(shape)


def real(values: Any) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)


def loss(name: str) -> Node:
    """Return a sum of all entries of the outputs, each with a factor of its own."""
    found, k = constant(0), 2
    for node in system(name):
        count = entry_count(node.shape)
        factors = real([1 + (7 * i + k) % 5 for i in range(count)]).reshape(node.shape) / 4
        found, k = found + total(node * constant(factors.tolist())), k + 3
    return found


@cache
def gradients(name: str) -> list[Node]:
    """Return our adjoints of all symbols that have gradients."""
    return grad(loss(name), [leaves(name)[i] for i in smooth(name)])


def close(got: Any, want: Any, tolerance: float = 1e-9) -> None:
    assert np.shape(got) == np.shape(want)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=1e-11)


def in_numpy(nodes: Any, name: str, values: Any) -> list[np.ndarray]:
    """Return values by kernels."""
    bindings = dict(zip(leaves(name), map(real, values), strict=True))
    return Program(nodes, numpy_space, kernels=True)(bindings)


# -- tests -----------------------------------------------------------------------------------------


def test_every_public_layer_is_here():
    public = {n for n in nets.__all__ if isinstance(getattr(nets, n), type)}
    layers = {n for n in public if issubclass(getattr(nets, n), Module)} - {"Module"}
    assert layers == {name.split()[0].rstrip(",") for name in SYSTEMS}


@pytest.mark.parametrize("name", SYSTEMS)
def test_exact_values_and_gradients_are_those_of_numpy(name):
    values, nodes = drawn(name), [*system(name), *gradients(name)]
    found = Program(nodes, exact_space)(dict(zip(leaves(name), values, strict=True)))
    for got, want in zip(found, in_numpy(nodes, name, values), strict=True):
        close(to_float(np.asarray(got, dtype=object)), want)


@pytest.mark.parametrize("name", SYSTEMS)
def test_compiled_values_and_gradients_are_those_of_our_graphs_in_numpy(name):
    """The loss is compiled once, and differentiated by JAX; NumPy evaluates our adjoints."""
    values = list(map(real, drawn(name)))
    wanted, *slopes = in_numpy([loss(name), *gradients(name)], name, values)
    run = function([loss(name), *system(name)], leaves(name), jax_space)

    def compiled(*values: Any) -> Any:
        first, *others = run(*values)
        return first, others

    with jax.enable_x64(True):
        arrays = list(map(jnp.asarray, values))
        (got, outputs), found = jax.jit(jax.value_and_grad(compiled, tuple(smooth(name)), has_aux=True))(
            *arrays
        )
    close(np.asarray(got), wanted)
    for one, other in zip(outputs, in_numpy(system(name), name, values), strict=True):
        close(np.asarray(one), other)
    for one, other in zip(found, slopes, strict=True):
        close(np.asarray(one), other)


@pytest.mark.parametrize("name", SYSTEMS)
def test_any_one_symbol_may_have_a_batch(name):
    """Weights that all examples share, inputs that all weights share, and so on."""
    first, second = (list(map(real, drawn(name, seed))) for seed in range(2))
    for i in range(len(first)):
        rows = [first, [*first[:i], second[i], *first[i + 1 :]]]
        loop = [in_numpy(system(name), name, row) for row in rows]
        batch = in_numpy(system(name), name, [*first[:i], np.stack([first[i], second[i]]), *first[i + 1 :]])
        for k, got in enumerate(batch):
            wanted = np.stack([row[k] for row in loop])
            close(np.broadcast_to(got, wanted.shape), wanted)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_batch_is_a_loop(name):
    """Inputs, weights and all else may have axes in front: two examples are two evaluations."""
    rows = [list(map(real, drawn(name, seed))) for seed in range(2)]
    loop = [in_numpy([loss(name), *system(name)], name, row) for row in rows]
    stacked = [np.stack(pair) for pair in zip(*rows, strict=True)]
    batch = in_numpy([loss(name), *system(name)], name, stacked)
    with jax.enable_x64(True):
        run = jax.jit(function([loss(name), *system(name)], leaves(name), jax_space))
        compiled = run(*map(jnp.asarray, stacked))
    for i, (one, other) in enumerate(zip(batch, compiled, strict=True)):
        wanted = np.stack([row[i] for row in loop])
        for got in (one, np.asarray(other)):  # what depends on no symbol has no batch axis
            close(np.broadcast_to(got, wanted.shape), wanted)
