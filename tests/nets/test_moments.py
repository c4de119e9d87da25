import numpy as np
import pytest
from scipy import integrate, stats

from tripos import nets
from tripos.graph import GraphError, Program, exact, floats, grad, named, size, symbol
from tripos.graph import sum as total
from tripos.graph.spaces import numpy as numpy_space
from tripos.graph.steps import working
from tripos.nets.moments import MODES, response

n_0, n_1, n_2 = size("n_0 n_1 n_2")


def at(node, z):
    """Return the value of a function of z."""
    return float(Program([node], numpy_space)({symbol("z"): z})[0])


def mean_square(distribution, node):
    """Return E f(z)² under a symmetric distribution of SciPy, half by half: f may jump at 0."""
    end = -distribution.ppf(1e-15)
    parts = [
        integrate.quad(lambda z: at(node, z) ** 2 * distribution.pdf(z), *ends, limit=200)[0]
        for ends in ((-end, 0), (0, end))
    ]
    return sum(parts)


# -- activations -----------------------------------------------------------------------------------

SYMMETRIC = [stats.norm(scale=0.7), stats.laplace(scale=1.2), stats.uniform(-2, 4)]


@pytest.mark.parametrize("distribution", SYMMETRIC, ids=lambda d: d.dist.name)
@pytest.mark.parametrize(
    "activation", [nets.ReLU(), nets.LeakyReLU(0.25), nets.Identity(), nets.HardThreshold()], ids=repr
)
def test_lines_on_either_side_of_0_are_exact_for_everything_symmetric(activation, distribution):
    found = response(activation)
    assert found.exact
    phi = activation(symbol("z"))
    got = floats(found.offset) + floats(found.slope) * distribution.var()
    assert got == pytest.approx(mean_square(distribution, phi), rel=1e-6)
    slope = grad(phi, symbol("z"))
    assert floats(found.back) == pytest.approx(mean_square(distribution, slope), rel=1e-6)


@pytest.mark.parametrize(
    "activation", [nets.Tanh(), nets.Softsign(), nets.Sigmoid(), nets.GELU(), nets.ELU()]
)
def test_others_are_linearised_at_0(activation):
    found = response(activation)
    assert not found.exact
    z = symbol("z")
    narrow = stats.norm(scale=0.003)
    points = np.linspace(-0.03, 0.03, 20001)
    density = narrow.pdf(points) * (points[1] - points[0])
    value = floats(activation(z), z=points)
    slope = floats(grad(activation(z), z), z=points)
    offset = float(floats(activation(z), z=0)) ** 2
    assert floats(found.offset) == pytest.approx(offset)
    centred = (value - float(floats(activation(z), z=0))) ** 2
    assert floats(found.slope) == pytest.approx((centred * density).sum() / narrow.var(), rel=1e-2)
    assert floats(found.back) == pytest.approx((slope**2 * density).sum(), rel=1e-2)


def test_the_half_of_he_is_found():
    found = response(nets.ReLU())
    assert [str(exact(node)) for node in found[:3]] == ["0", "1/2", "1/2"]


# -- networks --------------------------------------------------------------------------------------


def test_the_lines_of_working():
    lines = working(*nets.forward_moments(nets.MLP([n_0, n_1, n_2]))).splitlines()
    assert [line.split(" = ")[:2] for line in lines] == [
        ["Var(z₁)", "n₀ Var(W₁) E(x²)"],
        ["E(h₁²)", "1/2 · Var(z₁)"],
        ["Var(z₂)", "n₁ Var(W₂) E(h₁²)"],
    ]
    lines = working(*nets.backward_moments(nets.MLP([n_0, n_1, n_2]))).splitlines()
    assert [line.split(" = ")[:2] for line in lines] == [
        ["Var(δ₂)", "Var(δ)"],
        ["Var(δ₁)", "1/2 · n₂ Var(W₂) Var(δ₂)"],
        ["Var(δ₀)", "n₁ Var(W₁) Var(δ₁)"],
    ]


def measured(network, variances, draws, width, seed=0):
    """Return the mean squares of every named node of a network, and of the gradients at them.

    They are means over draws of the weights and of an input and an output gradient of unit variance.
    """
    rng = np.random.default_rng(seed)
    x = symbol("x", width)
    y = named(network(x), "y")
    g = symbol("g", y.shape)
    L = named(total(y * g), "L")
    nodes = [n for n in Program([y], numpy_space).order if n.name is not None and n.op.name != "symbol"]
    program = Program([*nodes, *grad(L, [*nodes, x])], numpy_space, kernels=True)
    weights = list(network.symbols().items())
    layers = dict.fromkeys(path.rpartition(".")[0] for path, _ in weights)
    scale = dict(zip(layers, variances, strict=True))
    squares = []
    for _ in range(draws):
        bindings = {x: rng.normal(size=x.shape), g: rng.normal(size=g.shape)}
        for path, node in weights:
            std = np.sqrt(scale[path.rpartition(".")[0]]) if path.endswith("weight") else 0.0
            bindings[node] = rng.normal(0, std, node.shape) if std else np.zeros(node.shape)
        squares.append([np.mean(v**2) for v in program(bindings)])
    means = np.mean(squares, axis=0)
    names = [str(n.name) for n in nodes]
    return dict(zip(names, means, strict=False)), dict(zip([*names, "x"], means[len(nodes) :], strict=True))


@pytest.mark.parametrize("activation", [nets.ReLU(), nets.LeakyReLU(0.5), nets.Identity()], ids=repr)
def test_moments_are_those_of_a_real_deep_network(activation):
    """300 draws of width 100: means of squares are found to a few percent after five layers."""
    sizes = [100, 80, 120, 90, 100, 60]
    variances = [0.012, 0.02, 0.01, 0.03, 0.015]
    network = nets.MLP(sizes, activation)
    forward, backward = measured(network, variances, 300, 100)
    if "h_1" in forward and "z_1" not in forward:  # without activation h is what layers put out
        forward |= {f"z_{k}": forward[f"h_{k}"] for k in range(1, 5)}
        backward |= {f"z_{k}": backward[f"h_{k}"] for k in range(1, 5)}
    forward["z_5"] = forward["y"]
    backward |= {"z_5": backward["y"], "z_0": backward["x"]}
    for node in nets.forward_moments(network, variances, 1):
        name = str(node.name).partition("(")[2].rstrip(")").replace("²", "")
        assert floats(node) == pytest.approx(forward[name], rel=0.1), name
    for node in nets.backward_moments(network, variances, 1):
        name = str(node.name).partition("(")[2].rstrip(")").replace("delta", "z")
        assert floats(node) == pytest.approx(backward[name], rel=0.1), name


def test_moments_of_a_residual_network():
    network = nets.ResidualMLP(60, 3, hidden=80)
    variances = [0.02, 0.01, 0.03, 0.02, 0.01, 0.015]
    forward, backward = measured(network, variances, 200, 60)
    *_, last = nets.forward_moments(network, variances, 1)
    assert str(last.name) == "E(x_3²)"
    assert floats(last) == pytest.approx(forward["y"], rel=0.1)
    *_, first = nets.backward_moments(network, variances, 1)
    assert floats(first) == pytest.approx(backward["x"], rel=0.1)


def test_depth_kills_or_keeps_the_signal():
    ten = nets.MLP([256] * 11)
    for variance, left in ((1 / 256, 1 / 512), (2 / 256, 2)):
        *_, last = nets.forward_moments(ten, [variance] * 10, 1)
        assert floats(last) == pytest.approx(left)


# -- the variance that keeps -----------------------------------------------------------------------

FORMULAS = [
    (None, "fan_in", lambda n, m: 1 / n),
    (None, "fan_out", lambda n, m: 1 / m),
    (None, "fan_avg", lambda n, m: 2 / (n + m)),  # Glorot and Bengio, 2010
    (nets.Tanh(), "fan_in", lambda n, m: 1 / n),
    (nets.Tanh(), "fan_avg", lambda n, m: 2 / (n + m)),
    (nets.ReLU(), "fan_in", lambda n, m: 2 / n),  # He et al., 2015
    (nets.ReLU(), "fan_out", lambda n, m: 2 / m),
    (nets.LeakyReLU(0.5), "fan_in", lambda n, m: 2 / (1.25 * n)),
    (nets.HardThreshold(), "fan_in", lambda n, m: 2 / n),
]


@pytest.mark.parametrize(("activation", "mode", "formula"), FORMULAS)
def test_what_keeps_the_variance_is_found(activation, mode, formula):
    kept = nets.keeping_variance(nets.Linear(n_0, n_1), activation, mode)
    for n, m in ((3, 7), (100, 20)):
        sizes = {"n_0": n, "n_1": m}
        used = {k: v for k, v in sizes.items() if k in repr(kept).replace("₀", "_0").replace("₁", "_1")}
        assert floats(kept, **used) == pytest.approx(formula(n, m))
        assert floats(nets.keeping_variance(nets.Linear(n, m), activation, mode)) == pytest.approx(
            formula(n, m)
        )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("activation", [nets.ReLU(), nets.Sigmoid(), nets.Softplus()], ids=repr)
def test_what_was_found_keeps_the_variance(activation, mode):
    layer = nets.Linear(30, 50)
    kept = nets.keeping_variance(layer, activation, mode)
    unit = nets.Sequential(activation, layer)
    factors = [
        floats(nets.forward_moments(unit, [kept], 1)[-1]),
        floats(nets.backward_moments(unit, [kept], 1)[-1]),
    ]
    chosen = {"fan_in": factors[:1], "fan_out": factors[1:], "fan_avg": factors}[mode]
    assert np.mean(chosen) == pytest.approx(1)


def test_a_convolution_counts_its_window():
    kept = nets.keeping_variance(nets.Conv2d(n_0, n_1, 3), nets.ReLU())
    assert floats(kept, n_0=16) == pytest.approx(2 / 144)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: nets.keeping_variance(nets.Linear(2, 3), mode="fan"), "mode is one of fan_in"),
        (
            lambda: nets.keeping_variance(nets.Linear(2, 3), nets.HardThreshold(), "fan_out"),
            "no gradient passes",
        ),
        (
            lambda: nets.keeping_variance(nets.Linear(2, 3), nets.HardThreshold(), "fan_avg"),
            "no gradient passes",
        ),
        (lambda: nets.keeping_variance(nets.ReLU()), "one layer with weights"),
        (lambda: nets.forward_moments(nets.MLP([2, 3, 1]), [1]), "1 variances for 2 layers"),
        (lambda: nets.forward_moments(nets.LSTM(2, 3)), "no rule for LSTM"),
        (
            lambda: nets.forward_moments(nets.Residual(nets.Sequential(nets.Linear(2, 2), nets.ReLU()))),
            "must end in a layer with weights",
        ),
    ],
)
def test_bad_input_is_refused(make, why):
    with pytest.raises(GraphError, match=why):
        make()
