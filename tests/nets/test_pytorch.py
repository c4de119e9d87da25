"""Models of PyTorch, where it is installed: the same outputs, to rounding."""

from types import SimpleNamespace

import numpy as np
import pytest

from tripos.graph import GraphError, floats, symbol
from tripos.nets.pytorch import from_torch

try:
    import torch
except ImportError:
    torch = None

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
    yield "norm", nn.Sequential(nn.LayerNorm(5), nn.Dropout(0.3), nn.Identity()), (3, 5)
    yield "rnn", nn.RNN(3, 4, num_layers=2, nonlinearity="relu"), (5, 3)
    yield "lstm", nn.LSTM(3, 4, bidirectional=True), (5, 3)
    yield "gru", nn.GRU(3, 4, num_layers=2, bias=False), (5, 3)
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True)
    yield "transformer", nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), (5, 8)


@needs_torch
@pytest.mark.parametrize("case", list(models()) if torch else [], ids=lambda c: c[0])
def test_it_puts_out_what_pytorch_does(case):
    _, theirs, shape = case
    torch.manual_seed(0)
    theirs = theirs.double().eval()
    for buffer in theirs.buffers():
        if buffer.dtype.is_floating_point:
            buffer.uniform_(0.5, 1.5)
    x = torch.randn(1, *shape, dtype=torch.float64)
    unbatched = isinstance(theirs, torch.nn.RNNBase | torch.nn.TransformerEncoder)
    with torch.no_grad():
        want = theirs(x[0]) if unbatched else theirs(x)[0]
    ours, weights = from_torch(theirs)
    out = ours(symbol("x", shape))
    out, want = (v[0] if isinstance(v, tuple) else v for v in (out, want))
    symbols = ours.symbols()
    found = floats(out, x=x[0].numpy(), **{symbols[k].name: v for k, v in weights.items()})
    np.testing.assert_allclose(found, want.numpy(), rtol=1e-9, atol=1e-12)


@needs_torch
def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(GraphError, match="no layer Bilinear at 1"):
        from_torch(torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Bilinear(2, 2, 2)))


@needs_torch
def test_what_would_change_the_result_is_refused():
    with pytest.raises(GraphError, match="has padding_mode = 'circular'; only 'zeros' is read"):
        from_torch(torch.nn.Conv2d(1, 1, 3, padding_mode="circular"))


class Linear:
    """What is read of a ``torch.nn.Linear``, without PyTorch."""

    def __init__(self, weight, bias):
        self.out_features, self.in_features = weight.shape
        self.weight, self.bias = weight, bias

    def state_dict(self):
        def tensor(array):
            itself = SimpleNamespace(numpy=lambda: array)
            return SimpleNamespace(detach=lambda: SimpleNamespace(cpu=lambda: itself))

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
