import numpy as np
import pytest

from tripos.answers.declared import Declared
from tripos.answers.reading.reader import Misfit, Unread, as_array, as_node, latex, parse, plain
from tripos.graph import floats
from tripos.graph.node import free_symbols

NAMES = {
    "x": Declared(("n",)),
    "y": Declared(("n",)),
    "W": Declared(("m", "n")),
    "A": Declared(("n", "n")),
    "δ": Declared(("m",)),
    "p": Declared(("K",), "probability"),
    "a": Declared(("K",)),
    "i": Declared(("K",), "index"),
    "j": Declared(("K",), "index"),
    "k": Declared((), "posint"),
    "z": Declared(()),
    "u": Declared(()),
    "s": Declared((), "positive"),
    "\\lambda": Declared(()),
    "h^{(1)}": Declared(("m",)),
}
SIZES = {"n": 3, "m": 2, "K": 4}
POINTS = 5


def _table():
    rng = np.random.default_rng(7)
    table = {}
    for name, what in NAMES.items():
        shape = (POINTS, *(SIZES[d] for d in what.shape))
        if what.domain == "index":
            table[name] = rng.integers(1, 5, POINTS).astype(float), 0
        elif what.domain == "posint":
            table[name] = rng.integers(1, 9, POINTS).astype(float), 0
        else:
            values = rng.normal(size=shape)
            table[name] = (np.abs(values) if what.domain != "real" else values), len(what.shape)
    return table


TABLE = _table()
X, Y, W, A, D, P, A1, Z, U, S = (TABLE[n][0] for n in "x y W A δ p a z u s".split())
H, LAM, K = TABLE["h^{(1)}"][0], TABLE["\\lambda"][0], TABLE["k"][0]
R = np.arange(POINTS)
AT_I, AT_J = (TABLE[n][0].astype(int) - 1 for n in "ij")
EYE = np.eye(3)


def sg(t):
    return 1 / (1 + np.exp(-t))


def softmax(t):
    return np.exp(t) / np.exp(t).sum(-1, keepdims=True)


E = np.einsum
WX, WTD = E("pij,pj->pi", W, X), E("pij,pi->pj", W, D)

TRUTH = [
    (r"\frac{e^{a_i}}{\sum_{k=1}^{K} e^{a_k}}", softmax(A1)[R, AT_I]),
    (r"exp(a_i)/sum_k exp(a_k)", softmax(A1)[R, AT_I]),
    ("exp(a_i)/sum(exp(a))", softmax(A1)[R, AT_I]),
    (r"\text{softmax}(a)_i", softmax(A1)[R, AT_I]),
    (r"\operatorname{softmax}(\mathbf{a})", softmax(A1)),
    ("-Σ_k p_k log p_k", -(P * np.log(P)).sum(1)),
    ("-Σ p ⊙ log(p)", -(P * np.log(P)).sum(1)),
    ("Σ (a²)/2", (A1**2).sum(1) / 2),
    (r"\sum_{k \ne i} p_k", P.sum(1) - P[R, AT_I]),
    (r"p_i(\delta_{ij}-p_j)", P[R, AT_I] * ((AT_I == AT_J) - P[R, AT_J])),
    (r"p_ip_j", P[R, AT_I] * P[R, AT_J]),
    (r"\sum_ip_ia_i", (P * A1).sum(1)),
    (r"\sum_{l=1}^{n}\sum_{m=1}^{n} A_{lm} x_l x_m", E("pij,pi,pj->p", A, X, X)),
    ("x^T A x", E("pij,pi,pj->p", A, X, X)),
    ("xᵀAx", E("pij,pi,pj->p", A, X, X)),
    ("x.T @ A @ x", E("pij,pi,pj->p", A, X, X)),
    (r"\sum_{l=1}^{k} l", K * (K + 1) / 2),
    (r"\prod_{l=1}^n x_l", X.prod(1)),
    (r"\max_l x_l", X.max(1)),
    ("argmax(x)", X.argmax(1) + 1.0),
    (r"\|x\|_2^2", (X**2).sum(1)),
    ("||x||_1", np.abs(X).sum(1)),
    (r"\lVert x\rVert_\infty", np.abs(X).max(1)),
    ("‖A‖_F", np.sqrt((A**2).sum((1, 2)))),
    ("Wx", WX),
    ("np.dot(W, x)", WX),
    ("x·y", (X * Y).sum(1)),
    (r"\langle x, y\rangle", (X * Y).sum(1)),
    (r"W^\top \delta \odot \sigma(x) \odot (1-\sigma(x))", WTD * sg(X) * (1 - sg(X))),
    ("W^Tδ ⊙ σ'(x)", WTD * sg(X) * (1 - sg(X))),
    (r"(W^T \delta) \circ \sigma^{\prime}(x)", WTD * sg(X) * (1 - sg(X))),
    ("δ x^T", E("pi,pj->pij", D, X)),
    (r"\delta \otimes x", E("pi,pj->pij", D, X)),
    ("(WA)^T", (W @ A).swapaxes(1, 2)),
    ("A^2 - A A", A * 0),
    ("A^{-1}A", A * 0 + EYE),
    ("A^{-T}", np.linalg.inv(A).swapaxes(1, 2)),
    (r"\operatorname{tr}(A)", np.trace(A, axis1=1, axis2=2)),
    ("|A|", np.linalg.det(A)),
    (r"(A+\lambda I) x", E("pij,pj->pi", A, X) + LAM[:, None] * X),
    ("A - 2I", A - 2 * EYE),
    ("1^T x", X.sum(1)),
    (r"x \mathbf{1}^\top + A", X[:, :, None] + A),
    ("diag(x) A", X[:, :, None] * A),
    ("1 - h^{(1)} ⊙ h^{(1)}", 1 - H**2),
    ("1/(1+e^{-x})", sg(X)),
    (r"\mathbb{1}_{z>0}", (Z > 0) * 1.0),
    ("1[z>0] u", (Z > 0) * U),
    (r"\mathbf 1\{i=j\}", (AT_I == AT_J) * 1.0),
    ("1 if z > 0 else -1", np.where(Z > 0, 1.0, -1.0)),
    (r"\begin{cases} z, & 0 < z < 1, \\ 0, & \text{otherwise.}\end{cases}",
     np.where((Z > 0) & (Z < 1), Z, 0)),
    ("tanh'(z)", 1 - np.tanh(Z) ** 2),
    (r"\tanh^2(z)", np.tanh(Z) ** 2),
    ("sin 2z", np.sin(2 * Z)),
    (r"\log_2 s", np.log2(S)),
    ("log10(s)", np.log10(S)),
    (r"\sqrt[3]{s}", np.cbrt(S)),
    ("z/2u", Z / (2 * U)),
    ("1/2z", Z / 2),
    ("1/2 (z-u)^2", (Z - U) ** 2 / 2),
    (r"\frac{1}{n}\sum_{l=1}^n (x_l-y_l)^2", ((X - Y) ** 2).mean(1)),
    ("W_{12}", W[:, 0, 1]),
    ("x[2]", X[:, 1]),
    ("(W x)_1", WX[:, 0]),
    ("[[z, u], [u, z]]", np.stack([np.stack([Z, U], 1), np.stack([U, Z], 1)], 1)),
    ("|z||u|", np.abs(Z * U)),
    (r"\binom{5}{2} + 3!", np.full(POINTS, 16.0)),
    ("50%", np.full(POINTS, 0.5)),
    ("2*10^-3", np.full(POINTS, 0.002)),
]  # fmt: skip


def values(text):
    with np.errstate(all="ignore"):
        return as_array(parse(text, NAMES), TABLE, SIZES, NAMES)


@pytest.mark.parametrize(("text", "expected"), TRUTH, ids=[text for text, _ in TRUTH])
def test_values_are_what_mathematics_says(text, expected):
    found, rank = values(text)
    assert rank == expected.ndim - 1
    assert found.shape[1:] == expected.shape[1:]
    np.testing.assert_allclose(np.broadcast_to(found, expected.shape), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("text", [text for text, _ in TRUTH])
def test_what_was_understood_is_read_back_alike(text):
    expr = parse(text, NAMES)
    found, rank = values(text)
    for form in (plain(expr), latex(expr)):
        again, rank_again = values(form)
        assert rank_again == rank, form
        np.testing.assert_allclose(again, found, rtol=1e-12, err_msg=form)


@pytest.mark.parametrize(("text", "expected"), TRUTH, ids=[text for text, _ in TRUTH])
def test_nodes_and_arrays_agree(text, expected):
    point = 1
    numbers = {n: int(TABLE[n][0][point]) for n in "ijk"}
    node = as_node(parse(text, NAMES), NAMES, SIZES | numbers)
    given = {str(s.name): TABLE[str(s.name)][0][point] for s in free_symbols(node)}
    np.testing.assert_allclose(floats(node, **given), expected[point], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("λ + x", "a single number and a vector of 3 cannot be added"),
        ("x + y^T", "a vector of 3 and a row of 3"),
        ("x y", "both columns"),
        ("x W", "does not fit"),
        ("W A^T + x", "a 2×3 array and a vector of 3"),
        ("x + δ", "a vector of 3 and a vector of 2"),
        ("A/A", "no one meaning"),
        ("W^{-1}", "no inverse"),
        ("I", "nothing says how large"),
        ("softmax(z)", "softmax takes a vector"),
        ("a_x", "a position must be a single number"),
    ],
)
def test_shapes_that_do_not_fit_are_explained(text, message):
    with pytest.raises(Misfit, match=message.replace("(", r"\(")):
        values(text)
    with pytest.raises(Misfit, match=message.replace("(", r"\(")):
        as_node(parse(text, NAMES), NAMES, SIZES)


@pytest.mark.parametrize(
    "text", ["x_7", "x_0", "a_{1.5}", r"\sum_l z", r"\sum_{l=1}^{9999} l", "9^9^9", r"\log_x 2"]
)
def test_what_has_no_value_is_unread(text):
    with pytest.raises(Unread):
        values(text)


def test_an_index_needs_a_number_in_a_graph():
    with pytest.raises(Unread, match="the index i has no value"):
        as_node(parse("a_i", NAMES), NAMES, SIZES)


def test_a_logarithm_is_to_the_base_of_the_paper():
    expr = parse("log(8) + ln(1)", {})
    assert as_array(expr, {}, base="2")[0].item() == pytest.approx(3)
    assert as_array(expr, {})[0].item() == pytest.approx(np.log(8))


@pytest.mark.parametrize(
    ("text", "message"),
    [("|x|", "write ‖x‖ or abs"), ("u'", "may mean a derivative"), ("(u z)'", "may mean a derivative")],
)
def test_what_may_mean_several_things_is_unread(text, message):
    with pytest.raises(Unread, match=message) as caught:
        values(text)
    assert not isinstance(caught.value, Misfit)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("[x - y]", "x - y"),
        ("[x]^T y", "x^T y"),
        ("x'y", "x^T y"),
        ("A'", "A^T"),
        ("1_{u<0} u", "u if u < 0 else 0"),
        ("(-u)^+", "max(0, -u)"),
        ("max(0; u)", "max(0, u)"),
        ("u if z > 0, else s", "u if z > 0 else s"),
        ("u if z > 0, otherwise s", "u if z > 0 else s"),
        (r"\mathbb{I}_2", "I_2"),
    ],
)
def test_two_ways_to_write_the_same(text, same):
    np.testing.assert_array_equal(values(text)[0], values(same)[0])
