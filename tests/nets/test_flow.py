import jax
import numpy as np
import pytest
import scipy.stats

from nets.drawn import drawn
from tripos.graph import GraphError, declared, exp, floats, normal_log_density, symbol
from tripos.graph.node import free_symbols
from tripos.graph.program import Program, function
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space
from tripos.nets import (
    MADE,
    MLP,
    AffineCoupling,
    Flow,
    InverseAutoregressiveFlow,
    Linear,
    MaskedAutoregressiveFlow,
    PlanarFlow,
    Reverse,
    Tanh,
)

D = 3
NET = MADE(D, (5,), activation=Tanh())
FLOWS = {
    "inverse autoregressive": InverseAutoregressiveFlow(NET),
    "masked autoregressive": MaskedAutoregressiveFlow(NET),
    "affine coupling": AffineCoupling(MLP([1, 4, 4], Tanh()), D, 1),
    "planar": PlanarFlow(D),
    "reverse": Reverse(),
    "several": Flow(
        InverseAutoregressiveFlow(NET),
        Reverse(),
        AffineCoupling(Linear(2, 2), D, 2),
        InverseAutoregressiveFlow(NET),
    ),
}
INVERTIBLE = [name for name in FLOWS if name != "planar"]


def run(nodes, wrt, values):
    """Return the values of nodes for a value of one symbol, as a function that JAX differentiates."""
    others = list(dict.fromkeys(s for node in nodes for s in free_symbols(node) if s is not wrt))
    compute = function(nodes, [wrt, *others], jax_space)
    return lambda v: compute(v, *(values[str(s.name)] for s in others))


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_volume_changes_by_the_determinant_of_the_jacobian(name, seed):
    z = symbol("z", D)
    moved, log_det = FLOWS[name](z)
    values = {"z": np.random.default_rng(seed).normal(size=D)} | drawn(moved, log_det, seed=seed)
    go = run([moved, log_det], z, values)
    with jax.enable_x64(True):
        jacobian = jax.jacfwd(lambda v: go(v)[0])(values["z"])
        _, want = np.linalg.slogdet(jacobian)
        assert float(go(values["z"])[1]) == pytest.approx(want, abs=1e-10)


@pytest.mark.parametrize("name", ["inverse autoregressive", "masked autoregressive"])
def test_the_jacobian_of_an_autoregressive_flow_is_triangular(name):
    z = symbol("z", D)
    moved, log_det = FLOWS[name](z)
    values = drawn(moved)
    with jax.enable_x64(True):
        jacobian = np.asarray(jax.jacfwd(lambda v: run([moved], z, values)(v)[0])(values["z"]))
    np.testing.assert_array_equal(jacobian != 0, np.tri(D, dtype=bool))
    known = {k: v for k, v in values.items() if k in drawn(log_det)}
    assert floats(log_det, **known) == pytest.approx(np.log(np.diag(jacobian)).sum())


@pytest.mark.parametrize("name", INVERTIBLE)
def test_a_flow_can_be_undone(name):
    flow, z, x = FLOWS[name], symbol("z", D), symbol("x", D)
    there, back = flow(z), flow.inverse(x)
    values = drawn(*there, *back)
    weights = {k: v for k, v in values.items() if k not in "zx"}

    def compute(nodes, at, v):
        known = weights | {at: v}
        symbols = {s for n in nodes for s in free_symbols(n)}
        return Program(nodes, numpy_space, kernels=True)({s: known[str(s.name)] for s in symbols})

    moved, log_det = compute(there, "z", values["z"])
    found, other = compute(back, "x", moved)
    np.testing.assert_allclose(found, values["z"], atol=1e-10)
    assert other == pytest.approx(-log_det)


@pytest.mark.parametrize("name", ["inverse autoregressive", "affine coupling", "planar", "reverse"])
def test_rows_move_one_by_one(name):
    rows, one = FLOWS[name](symbol("z", (4, D))), FLOWS[name](symbol("z", D))
    values = {"z": np.random.default_rng(3).normal(size=(4, D))} | drawn(*rows)
    assert rows[1].shape == (4,)
    for many, single in zip(rows, one, strict=True):
        known = {k: v for k, v in values.items() if k in drawn(many)}
        found = floats(many, **known)
        each = [floats(single, **{k: v[i] if k == "z" else v for k, v in known.items()}) for i in range(4)]
        np.testing.assert_allclose(found, each, rtol=1e-10)


def test_a_gate_of_the_inverse_autoregressive_flow_mixes_the_old_with_the_new():
    """z' = σ ⊙ z + (1 − σ) ⊙ m with σ the logistic function of s (Kingma et al., 2016, eq. 14)."""
    z = symbol("z", D)
    moved, log_det = FLOWS["inverse autoregressive"](z)
    m, s = NET(z)
    values = drawn(moved)
    shift, logit = floats(m, **values), floats(s, **values)
    gate = 1 / (1 + np.exp(-logit))
    np.testing.assert_allclose(floats(moved, **values), gate * values["z"] + (1 - gate) * shift)
    assert floats(log_det, **values) == pytest.approx(np.log(gate).sum())


# -- densities -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flow",
    [
        MaskedAutoregressiveFlow(MADE(2, (3,), activation=Tanh())),
        Flow(
            AffineCoupling(MLP([1, 3, 2], Tanh()), 2, 1),
            Reverse(),
            AffineCoupling(MLP([1, 3, 2], Tanh()), 2, 1),
        ),
    ],
    ids=["masked autoregressive", "coupling"],
)
def test_a_density_sums_to_one(flow):
    density = exp(flow.log_density(symbol("x", 2)))
    values = {k: 0.6 * v for k, v in drawn(density).items() if k != "x"}
    axis, step = np.linspace(-16, 16, 600, retstep=True)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    assert floats(density, x=grid, **values).sum() * step**2 == pytest.approx(1, abs=1e-3)


def test_a_linear_flow_has_the_density_of_a_correlated_normal():
    """x₁ = m₁ + e^{s₁} z₁ and x₂ = m₂ + w x₁ + e^{s₂} z₂: without hidden layers m is affine."""
    flow = MaskedAutoregressiveFlow(MADE(2, ()))
    w, m, s = 0.7, np.array([0.3, -0.2]), np.array([0.1, -0.4])
    weights = {"layers.0.weight": [[0, 0], [w, 0], [0, 0], [0, 0]], "layers.0.bias": [*m, *s]}
    density = flow.log_density(symbol("x", 2), weights={f"net.{k}": v for k, v in weights.items()})
    A = np.array([[np.exp(s[0]), 0], [w * np.exp(s[0]), np.exp(s[1])]])
    normal = scipy.stats.multivariate_normal([m[0], m[1] + w * m[0]], A @ A.T)
    for x in ([0, 0], [1, -2], [0.3, 0.5]):
        assert floats(density, x=x) == pytest.approx(normal.logpdf(x))
    with declared({"log": "2"}):
        bits = flow.log_density(symbol("x", 2), weights={f"net.{k}": v for k, v in weights.items()})
    assert floats(bits, x=[0, 0]) == pytest.approx(normal.logpdf([0, 0]) / np.log(2))


def test_where_nothing_moves_the_density_is_that_of_the_noise():
    x = symbol("x", D)
    assert Reverse().log_density(x).shape == ()
    values = {"x": [0.5, -1, 2]}
    assert floats(Reverse().log_density(x), **values) == pytest.approx(
        float(floats(normal_log_density(x), **values))
    )


# -- context, names, bad input ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [InverseAutoregressiveFlow, MaskedAutoregressiveFlow])
def test_a_context_steers_the_flow(kind):
    flow = kind(MADE(2, (4,), activation=Tanh(), context=1))
    z, c = symbol("z", 2), symbol("c", 1)
    moved, _ = flow(z, c)
    values = drawn(moved)
    found, _ = flow.inverse(symbol("x", 2), c)
    there = floats(moved, **values)
    known = {k: v for k, v in values.items() if k != "z"} | {"x": there}
    np.testing.assert_allclose(floats(found, **known), values["z"], atol=1e-10)
    assert not np.allclose(floats(moved, **values | {"c": [5.0]}), there)


def test_the_weights_of_several_flows_stay_apart():
    names = [str(node.name) for node in FLOWS["several"].symbols().values()]
    assert len(set(names)) == len(names)
    assert {"W_1_1", "b_1_2", "W_3", "W_4_2"} <= set(names)
    assert set(FLOWS["several"].symbols()) == set(FLOWS["several"].weights())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: InverseAutoregressiveFlow(MADE(2, (3,), 1)), "net is a MADE with outputs=2"),
        (lambda: MaskedAutoregressiveFlow(Linear(2, 4)), "net is a MADE with outputs=2"),
        (lambda: FLOWS["masked autoregressive"](symbol("z", (4, D))), "for one vector of 3; found shape 4×3"),
        (lambda: FLOWS["inverse autoregressive"](symbol("z", 2)), "MaskedLinear: the input has shape 2"),
        (lambda: PlanarFlow(2)(symbol("z", 3)), "PlanarFlow: expected a vector of 2 entries"),
        (lambda: PlanarFlow(2).inverse(symbol("z", 2)), "PlanarFlow: its inverse has no closed form"),
        (lambda: PlanarFlow(2).log_density(symbol("z", 2)), "PlanarFlow: its inverse has no closed form"),
        (lambda: AffineCoupling(Linear(1, 2), 2, 2), "some of the 2 entries are kept, not all; found 2"),
        (lambda: AffineCoupling(Linear(1, 3), 2, 1)(symbol("z", 2)), "net must give 2 numbers"),
        (Flow, "Flow: name at least one flow"),
        (lambda: Flow(Linear(2, 2)), "Flow: entry 0 is no flow"),
    ],
)
def test_what_does_not_fit_is_named(build, message):
    with pytest.raises(GraphError, match=message):
        build()
