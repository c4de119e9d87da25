import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tripos.graph import GraphError, declared, floats, symbol
from tripos.nets import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, L1Loss, MSELoss

INPUT = np.array([[0.5, -2.0, 1.0], [3.0, 0.1, -0.4]])
TARGET = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.25]])
ERRORS = INPUT - TARGET
P = 1 / (1 + np.exp(-INPUT))

CASES = [
    (MSELoss, {}, INPUT, ERRORS**2),
    (L1Loss, {}, INPUT, np.abs(ERRORS)),
    (HuberLoss, {"delta": 0.75}, INPUT, np.asarray(optax.huber_loss(INPUT, TARGET, delta=0.75))),
    (BCEWithLogitsLoss, {}, INPUT, np.logaddexp(0, INPUT) - TARGET * INPUT),
    (BCELoss, {}, P, np.logaddexp(0, INPUT) - TARGET * INPUT),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("layer", "options", "given", "each"), CASES)
def test_losses_reduce_as_asked(layer, options, given, each, reduction):
    """The convention that halves a squared error does not apply to PyTorch's loss."""
    with declared({"half": "with 1/2", "mean": "sum"}):
        node = layer(reduction=reduction, **options)(symbol("p", (2, 3)), symbol("t", (2, 3)))
    want = {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]
    np.testing.assert_allclose(floats(node, p=given, t=TARGET), want, rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_the_loss_of_logits_against_classes(smoothing):
    layer = CrossEntropyLoss(label_smoothing=smoothing)
    smooth = optax.smooth_labels(jnp.eye(3)[jnp.array([2, 0])], smoothing)
    with jax.enable_x64(True):
        want = optax.softmax_cross_entropy(INPUT, smooth).mean()
    assert floats(layer(symbol("z", (2, 3)), [2, 0]), z=INPUT) == pytest.approx(float(want), rel=1e-6)
    assert floats(layer(symbol("z", 3), 2), z=INPUT[0]) == pytest.approx(
        float(optax.softmax_cross_entropy(INPUT[:1], smooth[:1])[0]), rel=1e-6
    )


def test_a_reduction_that_is_none_of_the_three_is_refused():
    with pytest.raises(GraphError, match="MSELoss: reduction is mean, sum or none, found 'average'"):
        MSELoss(reduction="average")(symbol("p", 2), symbol("t", 2))
