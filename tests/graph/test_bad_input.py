"""Whatever is given, a graph is built and evaluated, or refused with a GraphError that says why."""

from contextlib import suppress
from inspect import Parameter, signature
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tripos import graph
from tripos.graph import GraphError, Node, Program, exact, floats, grad, size, symbol
from tripos.graph import sum as total
from tripos.graph.node import entry_count, free_symbols
from tripos.graph.spaces import exact as exact_space
from tripos.graph.spaces import jax as jax_space
from tripos.graph.spaces import numpy as numpy_space

NOT_ARRAYS = {
    "Node",
    "Op",
    "Piece",
    "Program",
    "GraphError",
    "CONVENTIONS",
    "table",  # no functions of arrays
    "schedule",
    "unroll",
    "write",
    "derivation",
    "declared",
    "each",
    "recurrence",  # of lists, of functions
}
FUNCTIONS = sorted(set(graph.__all__) - NOT_ARRAYS)

x, X, s, n = symbol("x", 3), symbol("X", (2, 3)), symbol("s"), size("n")

JUNK = [
    "abc",
    None,
    [1, 2, 3],
    [[1, 2], [3]],
    object(),
    -1,
    0,
    2.5,
    float("nan"),
    float("inf"),
    [],
    True,
    {},
    (1, "a"),
    10**30,
    s,
    x,
    X,
    symbol("T", (2, 3, 4)),
    symbol("D", n),
    n,
    np.zeros((0, 3)),
    len,
]
"""What people may pass by mistake."""


def arguments(name: str, draw: Any, pool: list[Any], junk: float = 0) -> list[Any]:
    """Return arguments for a function, from a pool of nodes or, rarely, what makes no sense."""
    parameters = signature(getattr(graph, name)).parameters.values()
    plain = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        plain += [Parameter("x", Parameter.POSITIONAL_ONLY)] * draw(st.integers(0, 3))
    needed = sum(p.default is p.empty for p in plain)
    chosen = plain[: draw(st.integers(needed, len(plain)))]
    return [
        draw(st.sampled_from(JUNK)) if draw(st.floats(0, 1)) < junk else _fitting(p, draw, pool)
        for p in chosen
    ]


def _fitting(p: Parameter, draw: Any, pool: list[Any]) -> Any:
    """Return what a parameter of its type may get."""
    kind = str(p.annotation)
    if p.name == "signature":
        return draw(
            st.sampled_from(["i,i->", "ij,j->i", "ij,jk->ik", "ij->ji", "i->", "ij,ij->", "i,j->ij", "ab"])
        )
    if "bool" in kind:
        return draw(st.booleans())
    if kind == "str":
        return draw(st.sampled_from(["mean", "sum", "none", "C", "F", "y"]))
    if "Shape" in kind or "Sequence" in kind or p.name in ("axes", "shape", "widths"):
        return draw(st.lists(st.integers(-1, 4), max_size=3).map(tuple) | st.integers(-2, 3))
    if "int" in kind or "Dim" in kind or p.name in ("kernel", "stride", "padding", "dilation", "output_size"):
        return draw(st.integers(-1, 4))
    return draw(st.sampled_from(pool))


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    report_multiple_bugs=False,
)
@given(data=st.data())
def test_junk_is_refused_with_a_graph_error(name, data):
    made = arguments(name, data.draw, [x, X, s], junk=0.6)
    with suppress(GraphError):  # any other exception fails
        getattr(graph, name)(*made)


# -- random expressions ----------------------------------------------------------------------------

BUILDERS = sorted(
    set(FUNCTIONS)
    - {
        "exact",
        "floats",
        "activations",
        "flops",
        "macs",
        "receptive_field",
        "convention",
        "size",
        "symbol",
        "decimal",
    }
)


def grown(data: Any, steps: int) -> list[Node]:
    """Return nodes that random functions make of symbols and of each other."""
    shapes = data.draw(st.lists(st.lists(st.integers(1, 3), max_size=3).map(tuple), min_size=1, max_size=3))
    pool: list[Node] = [symbol(f"x{i}", shape) for i, shape in enumerate(shapes)]
    for _ in range(steps):
        name = data.draw(st.sampled_from(BUILDERS))
        made = arguments(name, data.draw, pool)
        try:
            found = getattr(graph, name)(*made)
        except GraphError:
            event("refused")
            continue
        event("built")
        parts = found if isinstance(found, (list, tuple)) else [found]
        pool += [part for part in parts if isinstance(part, Node) and entry_count(part.shape) <= 200]
    return pool


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    report_multiple_bugs=False,
)
@given(data=st.data())
def test_random_expressions_are_refused_or_have_the_shape_of_their_value(data):
    pool = grown(data, 6)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    nodes = pool[-3:]
    leaves = {leaf: rng.integers(-8, 9, size=leaf.shape) / 4 for node in nodes for leaf in free_symbols(node)}
    for node in nodes:
        wanted = [node]
        try:
            wanted += grad(total(node * node), list(leaves))
        except GraphError:
            event("no gradient")
        for kernels in (True, False):
            try:
                values = Program(wanted, numpy_space, kernels=kernels)(leaves)
            except GraphError:
                event("no value")
                continue
            assert [np.shape(v) for v in values] == [w.shape for w in wanted]
        try:
            (value,) = Program([node], exact_space)(leaves)
        except GraphError:
            continue
        assert np.shape(value) == node.shape


# -- data ------------------------------------------------------------------------------------------

SPACES = {"exact": exact_space, "numpy": numpy_space, "jax": jax_space}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([1, float("nan"), 2], r"^x was given nan at position 1 \(counted from 0\); data must be finite"),
        ([1, 2, float("inf")], "^x was given inf at position 2"),
        (np.array([-np.inf, 2, 3], np.float32), "^x was given -inf at position 0"),
        ([[1, 2, 3], [4, 5, float("nan")]], "^x was given nan at position 1, 2"),
        (float("nan"), "^x was given nan; data"),
        ("abc", "^x was given 'abc'; a value is a real number, or rows of them of one length"),
        (["a", "b", "c"], "^x was given .* a real number"),
        ([1, None, 3], "^x was given"),
        ([[1, 2, 3], [4, 5]], r"^x was given \[\[1, 2, 3\], \[4, 5\]\]; .* rows of them of one length"),
        ([1j, 2, 3], "^x was given .* a real number"),
        (np.array([1j, 2, 3]), "^x was given .* a real number"),
        ({"a": 1}, "^x was given .* a real number"),
        ([1, 2], "^x has shape 3; a value of shape 2 was given"),
        (1, "^x has shape 3; a value of shape scalar was given"),
        ([[1], [2], [3]], "^x has shape 3; a value of shape 3×1 was given"),
        (np.zeros((0, 3)), "^x was given an empty batch, of shape 0×3; there must be at least one example"),
        (np.zeros((2, 0, 3)), "^x was given an empty batch, of shape 2×0×3"),
    ],
)
def test_data_that_make_no_sense_are_refused_at_their_place(space, value, why):
    with pytest.raises(GraphError, match=why):
        Program([x + 1], SPACES[space])({x: value})


@pytest.mark.parametrize("evaluate", [exact, floats])
@pytest.mark.parametrize(
    ("node", "values", "why"),
    [
        (x + s, {"x": [1, 2, 3]}, "^the symbol s has no value here"),
        (x + s, {"x": [1, 2, 3], "s": 1, "t": 2}, "^no symbol t in the graph; there are x, s"),
        (graph.lift(1), {"t": 2}, "^no symbol t in the graph; there are none"),
        (x * s, {"x": np.ones((2, 3)), "s": [1, 2, 3, 4]}, "^the batches .* do not fit: .* x 2, s 4"),
        (symbol("a", n) + symbol("b", n), {"a": [1], "b": [1, 2]}, "^the size n is 1 in a and 2 in b"),
        (graph.mean(symbol("a", n)), {"a": [1, 2], "n": 3}, "^the size n is 3 in .* and 2 in a"),
        (graph.flatten(symbol("A", (n, 2))), {"A": [[1, 2]]}, "^reshape: .* 2n is a symbol; .* numbers"),
        (graph.causal_mask(n), {}, "^causal_mask: .* n×n, in which n is a symbol"),
        (graph.expand(s, (10**5, 10**5)), {"s": 1}, "has 10,000,000,000 entries .* at most"),
        (graph.inverse(X @ X.T), {"X": np.ones((2, 3))}, "^inverse: "),
    ],
)
def test_values_that_do_not_fit_are_named(evaluate, node, values, why):
    with pytest.raises(GraphError, match=why):
        evaluate(node, **values)


@pytest.mark.parametrize("y", [7, -1, 1.5])
def test_a_position_that_there_is_not_has_no_kernel_value(y):
    for node in (graph.onehot(symbol("y"), 3), x[symbol("y")]):
        with pytest.raises(GraphError, match="a position is a whole number from 0 to 2, found"):
            floats(node, x=[1, 2, 3], y=y) if node.shape == () else floats(node, y=y)
