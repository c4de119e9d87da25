"""Models of PyTorch, where it is installed: the same outputs, to rounding."""

from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest

from tripos.graph import GraphError, floats, symbol
from tripos.nets import initialize
from tripos.nets.pytorch import from_torch

try:
    import torch
except ImportError:
    torch = None

pytestmark = pytest.mark.filterwarnings("ignore:enable_nested_tensor")
needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")


def models():
    """Yield (a name, a module, the shape of one example)."""
    nn = torch.nn
    yield "mlp", nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), nn.Softmax(-1)), (4,)
    yield (
        "activations",
        nn.Sequential(nn.ReLU(), nn.ELU(), nn.GELU(), nn.SiLU(), nn.LeakyReLU(0.1), nn.Softplus()),
        (6,),
    )
    yield (
        "cnn",
        nn.Sequential(
            nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 3, (1, 2), dilation=1, bias=False),
            nn.Flatten(),
        ),
        (2, 9, 8),
    )
    yield "deconvolution", nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1), (2, 4, 5)
    yield "pools", nn.Sequential(nn.AvgPool2d(2, padding=1), nn.AdaptiveAvgPool2d(1)), (2, 4, 6)
    yield "signal", nn.Sequential(nn.Conv1d(2, 3, 3, dilation=2), nn.MaxPool1d(2)), (2, 12)
    yield "norm", nn.Sequential(nn.LayerNorm(5), nn.Dropout(0.3), nn.RMSNorm((3, 5)), nn.Identity()), (3, 5)
    yield (
        "no affine map",
        nn.Sequential(nn.BatchNorm2d(2, affine=False), nn.Flatten(2), nn.Softmax(2)),
        (2, 2, 3),
    )
    yield (
        "names",
        nn.Sequential(OrderedDict(first=nn.Linear(3, 4), second=nn.Sequential(nn.Linear(4, 2)))),
        (3,),
    )
    linear, relu = nn.Linear(3, 3), nn.ReLU(inplace=True)
    yield "twice the same", nn.Sequential(linear, relu, linear, relu, nn.Softmax(dim=1)), (3,)
    derived = type("Derived", (nn.Sequential,), {})
    yield "derived", derived(nn.Linear(3, 2), nn.Softsign()), (3,)
    yield "cells", nn.RNNCell(3, 4, nonlinearity="relu"), (3,)
    yield "gated cell", nn.GRUCell(3, 4), (3,)
    yield "rnn", nn.RNN(3, 4, num_layers=2, nonlinearity="relu"), (5, 3)
    yield "lstm", nn.LSTM(3, 4, bidirectional=True), (5, 3)
    yield "gru", nn.GRU(3, 4, num_layers=2, bias=False), (5, 3)
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True)
    yield "encoder", nn.TransformerEncoder(layer, 2, nn.LayerNorm(8), enable_nested_tensor=False), (5, 8)
    yield "layer", nn.TransformerEncoderLayer(4, 2, 8, activation=nn.Tanh()), (3, 4)


def agree(theirs, *inputs, unbatched=False):
    """Assert that a module of PyTorch and ours put out the same for one example."""
    theirs = theirs.double().eval()
    arrays = [torch.as_tensor(x) for x in inputs]
    with torch.no_grad():
        want = theirs(*arrays) if unbatched else theirs(*(x[None] for x in arrays))[0]
    ours, weights = from_torch(theirs)
    names = [f"x{i}" for i in range(len(inputs))]
    out = ours(*(symbol(name, x.shape) for name, x in zip(names, inputs, strict=True)))
    out, want = (v[0] if isinstance(v, tuple) else v for v in (out, want))
    symbols = ours.symbols()
    given = {symbols[path].name: value for path, value in weights.items()}
    found = floats(out, **given, **dict(zip(names, inputs, strict=True)))
    np.testing.assert_allclose(found, want.numpy(), rtol=1e-9, atol=1e-12)


@needs_torch
@pytest.mark.parametrize("case", list(models()) if torch else [], ids=lambda c: c[0])
def test_it_puts_out_what_pytorch_does(case):
    _, theirs, shape = case
    torch.manual_seed(0)
    for buffer in theirs.buffers():
        if buffer.dtype.is_floating_point:
            buffer.uniform_(0.5, 1.5)
    kinds = (
        torch.nn.RNNBase,
        torch.nn.RNNCellBase,
        torch.nn.TransformerEncoder,
        torch.nn.TransformerEncoderLayer,
    )
    agree(theirs, torch.randn(shape, dtype=torch.float64).numpy(), unbatched=isinstance(theirs, kinds))


@needs_torch
@pytest.mark.parametrize(
    "build",
    [
        lambda nn: nn.Transformer(4, 2, 2, 1, 8, activation="gelu", norm_first=True),
        lambda nn: nn.Transformer(4, 2, 1, 2, 8, bias=False),
        lambda nn: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 2, nn.LayerNorm(4)),
    ],
)
def test_encoders_and_decoders_read_two_sequences(build):
    torch.manual_seed(0)
    agree(build(torch.nn), *np.random.default_rng(0).normal(size=(2, 3, 4)), unbatched=True)


@needs_torch
@pytest.mark.parametrize("sizes", [{}, {"kdim": 2, "vdim": 3, "bias": False}])
def test_attention_puts_out_what_pytorch_does(sizes):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    query, key, value = (rng.normal(size=(5, n)) for n in (4, sizes.get("kdim", 4), sizes.get("vdim", 4)))
    agree(torch.nn.MultiheadAttention(4, 2, **sizes), query[:2], key, value, unbatched=True)


@needs_torch
def test_an_embedding_is_read_where_its_padding_is_zero():
    nn = torch.nn
    agree(nn.Sequential(nn.Embedding(7, 3, padding_idx=1), nn.Linear(3, 2)), np.array([2, 1, 6]))
    with pytest.raises(GraphError, match="Embedding has entries other than 0 at padding_idx = 1"):
        from_torch(nn.Embedding.from_pretrained(torch.ones(7, 3), padding_idx=1))


@needs_torch
def test_weights_start_with_the_spread_that_pytorch_gives_them():
    torch.manual_seed(0)
    nn = torch.nn
    layers = [
        *(
            nn.Linear(50, 70),
            nn.Conv2d(32, 48, 3, groups=2),
            nn.ConvTranspose1d(32, 48, 5),
            nn.Embedding(90, 40),
        ),
        *(nn.BatchNorm1d(30), nn.LSTM(30, 40), nn.GRUCell(30, 40)),
        *(nn.MultiheadAttention(48, 4, vdim=30), nn.TransformerEncoderLayer(48, 4, 64)),
        nn.Transformer(48, 4, 1, 1, 64),
    ]
    for theirs in layers:
        ours, weights = from_torch(theirs)
        drawn = initialize(ours, 0)
        for path, value in weights.items():
            assert drawn[path].std() == pytest.approx(value.std(), rel=4 / value.size**0.5), (theirs, path)


@needs_torch
def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(GraphError, match="no layer Bilinear at 1"):
        from_torch(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Bilinear(2, 2, 2)))


REFUSED = [
    (
        lambda nn: nn.Conv2d(1, 1, 3, padding_mode="circular"),
        "padding_mode = 'circular'; only 'zeros' is read",
    ),
    (lambda nn: nn.Sequential(nn.GELU("tanh")), "GELU at 0 has approximate = 'tanh'; only 'none' is read"),
    (lambda nn: nn.ELU(2), "alpha = 2; only 1.0 is read"),
    (lambda nn: nn.Softplus(beta=2), "beta = 2; only 1.0 is read"),
    (lambda nn: nn.MaxPool2d(2, dilation=2), "dilation = 2; only 1 is read"),
    (lambda nn: nn.AvgPool2d(2, divisor_override=3), "divisor_override = 3; only None is read"),
    (lambda nn: nn.LSTM(2, 3, proj_size=2), "proj_size = 2; only 0 is read"),
    (lambda nn: nn.MultiheadAttention(2, 1, add_bias_kv=True), "has bias_k = "),
    (lambda nn: nn.CrossEntropyLoss(ignore_index=0), "ignore_index = 0; only -100 is read"),
    (lambda nn: nn.Flatten(1, 2), "end_dim = 2; only -1 is read"),
    (lambda nn: nn.Flatten(0), "joins the examples of a batch"),
    (lambda nn: nn.Softmax(0), "dim = 0, which is not an axis of an example"),
    (lambda nn: nn.BatchNorm1d(2, bias=False), "no bias, which the layer here learns"),
    (lambda nn: nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), "no layer ParametrizedLinear"),
    (lambda nn: nn.Transformer(2, 1, 1, 1, 2, custom_encoder=nn.Identity()), "own making"),
]


@needs_torch
@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_what_would_change_the_result_is_refused(build, message):
    with pytest.raises(GraphError, match=message):
        from_torch(build(torch.nn))


@needs_torch
def test_a_stack_of_different_layers_is_refused():
    nn = torch.nn
    stack = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2, enable_nested_tensor=False)
    stack.layers[1].norm_first = True
    with pytest.raises(GraphError, match="has layers that differ in more than their weights"):
        from_torch(stack)


class Linear:
    """What is read of a ``torch.nn.Linear``, without PyTorch."""

    def __init__(self, weight, bias):
        self.out_features, self.in_features = weight.shape
        self.weight, self.bias = weight, bias

    def state_dict(self):
        def tensor(array):
            found = SimpleNamespace(numpy=lambda: array)
            found.detach = found.cpu = found.double = lambda: found
            return found

        return {"weight": tensor(self.weight), "bias": tensor(self.bias)}


def test_a_layer_is_read_field_by_field():
    weight, bias = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([7.0, 8])
    ours, weights = from_torch(Linear(weight, bias))
    np.testing.assert_array_equal(weights["weight"], weight)
    out = ours([1, 1, 1], weights=weights)
    np.testing.assert_array_equal(floats(out), weight.sum(1) + bias)


def test_anything_else_is_refused():
    with pytest.raises(GraphError, match="there is no layer object"):
        from_torch(object())
