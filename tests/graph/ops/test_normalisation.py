import jax
import numpy as np
import pytest
import scipy.special

from graph.oracle import Case, checks
from tripos.graph import GraphError, exact, floats, log_softmax, softmax, symbol

CASES = [
    Case("softmax", softmax, jax.nn.softmax, ((4,),)),
    Case("softmax", softmax, jax.nn.softmax, ((2, 3),), note="rows"),
    Case("log_softmax", log_softmax, jax.nn.log_softmax, ((4,),)),
    Case("log_softmax", log_softmax, jax.nn.log_softmax, ((2, 3),), note="rows"),
]


@pytest.mark.parametrize(("check", "case"), checks(CASES))
def test_against_jax(check, case):
    check(case)


@pytest.mark.parametrize(
    ("op", "reference"), [(softmax, scipy.special.softmax), (log_softmax, scipy.special.log_softmax)]
)
def test_large_logits_do_not_overflow(op, reference):
    values = np.array([1000.0, 999.0, -1000.0])
    np.testing.assert_allclose(floats(op(symbol("z", 3)), z=values), reference(values), rtol=1e-12)


def test_exact_probabilities_add_up_to_one():
    p = exact(softmax(symbol("z", 3)), z=[0, 0, 0])
    assert [str(v) for v in p] == ["1/3"] * 3


@pytest.mark.parametrize("op", [softmax, log_softmax])
def test_a_scalar_is_refused(op):
    with pytest.raises(GraphError, match=rf"^{op.__name__}: .* found a scalar"):
        op(symbol("z"))
