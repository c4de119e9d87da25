"""Every argument of every layer: what is no size, no number, no layer is refused where the layer is made."""

from dataclasses import fields, is_dataclass, replace

import pytest

from tripos import nets
from tripos.graph import GraphError, size, symbol
from tripos.nets.arguments import KINDS, _kinds
from tripos.nets.module import Module

LINEAR, TANH = nets.Linear(3, 2), nets.Tanh()
INSTANCES = [
    LINEAR,
    nets.Conv1d(2, 4, 3),
    nets.Conv2d(2, 4, 3),
    nets.ConvTranspose1d(2, 4, 3),
    nets.ConvTranspose2d(2, 4, 3),
    nets.LayerNorm(3),
    nets.RMSNorm(3),
    nets.BatchNorm1d(3),
    nets.BatchNorm2d(3),
    nets.Dropout(0.5),
    nets.Embedding(5, 3),
    nets.PositionalEncoding(4, 6),
    nets.RNN(3, 2),
    nets.LSTM(3, 2),
    nets.GRU(3, 2),
    nets.RNNCell(3, 2),
    nets.LSTMCell(3, 2),
    nets.GRUCell(3, 2),
    nets.Seq2Seq(3, 3, 2, 5),
    nets.AttentionSeq2Seq(3, 3, 2, 5),
    nets.AdditiveAttention(3, 2, 2),
    nets.MultiheadAttention(4, 2),
    nets.TransformerEncoderLayer(4, 2, 8),
    nets.TransformerDecoderLayer(4, 2, 8),
    nets.TransformerEncoder(nets.TransformerEncoderLayer(4, 2, 8), 2),
    nets.TransformerDecoder(nets.TransformerDecoderLayer(4, 2, 8), 2),
    nets.Transformer(4, 2, 1, 1, 8),
    nets.Perceptron(3),
    nets.LogisticRegression(3),
    nets.SoftmaxRegression(3, 2),
    nets.MLP([3, 2], TANH),
    nets.Residual(nets.Linear(3, 3)),
    nets.ResidualMLP(3, 2),
]

BAD = {
    "Dim": (0, -1, 2.5, "3", None, True, float("nan"), [3], symbol("v", 2)),
    "Count": (0, -1, 2.5, "3", None, True, size("n"), 10**9),
    "int": (2.5, "3", None, [1]),
    "bool": (1, "yes", None),
    "Number": ("0.5", float("inf"), float("nan"), True),
    "float": ("0.5", float("inf"), float("nan"), True),
    "Module": (nets.ReLU, 3, None, "ReLU"),
}
"""Values that are of no type that accepts them, by the type that a field declares."""


def cases():
    for layer in INSTANCES:
        for field in fields(layer):
            kinds = _kinds(field.type)
            for kind in kinds:
                for value in BAD.get(kind, ()):
                    if not any(accepts(other, value) for other in kinds):
                        yield pytest.param(
                            layer, field.name, value, id=f"{type(layer).__name__}-{field.name}-{value!r:.20}"
                        )


def accepts(kind, value):
    """Say whether a type takes a value."""
    try:
        KINDS[kind][1](value)
    except Exception:
        return False
    return True


@pytest.mark.parametrize(("layer", "name", "value"), list(cases()))
def test_what_is_not_of_the_type_is_refused_where_the_layer_is_made(layer, name, value):
    with pytest.raises(GraphError, match=type(layer).__name__):
        replace(layer, **{name: value})


def test_bad_values_are_bad():
    assert not [(kind, value) for kind, values in BAD.items() for value in values if accepts(kind, value)]


@pytest.mark.parametrize("layer", INSTANCES, ids=lambda layer: type(layer).__name__)
def test_what_was_given_is_kept(layer):
    assert replace(layer) == layer


def test_every_layer_with_sizes_is_here():
    public = [getattr(nets, name) for name in nets.__all__]
    layers = [c for c in public if isinstance(c, type) and issubclass(c, Module) and is_dataclass(c)]
    sized = {c.__name__ for c in layers if any({"Dim", "Count"} & set(_kinds(f.type)) for f in fields(c))}
    systems = {"AffineCoupling", "PlanarFlow", "Reverse", "MADE", "MaskedLinear", "CategoricalVAE"}
    flows = {"InverseAutoregressiveFlow", "MaskedAutoregressiveFlow"}
    pools = {name for name in sized if "Pool" in name}
    assert sized <= {type(layer).__name__ for layer in INSTANCES} | systems | flows | pools
