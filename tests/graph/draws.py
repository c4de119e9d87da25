"""Random uses of every op, each with what NumPy or SciPy computes for it: shapes and attributes are drawn.

A family is a function from Hypothesis' ``draw`` to a case; it names the ops that its cases and their
gradients are made of.  Cases that name no op are compositions.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.signal
import scipy.special as special
import scipy.stats
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from graph.oracle import Case
from tripos import graph
from tripos.graph.node import apply, as_dim, named
from tripos.graph.op import table

Family = Callable[[Callable[[Any], Any]], Case]


def kl_normal(m1: Any, s1: Any, m2: Any, s2: Any) -> Any:
    """KL as the expectation of a difference of log densities, by E x² = σ² + μ²."""
    second = s1**2 + (m1 - m2) ** 2
    return (-np.log(s1) - 0.5) - (-np.log(s2) - second / (2 * s2**2))


FAMILIES: dict[str, Family] = {}
OPS: dict[str, tuple[str, ...]] = {}
"""The ops that the draws of a family are made of, gradients to second order included."""


def family(*ops: str) -> Callable[[Family], Family]:
    def add(make: Family) -> Family:
        name = make.__name__
        FAMILIES[name], OPS[name] = make, ops
        return make

    return add


def op(name: str, **attrs: Any) -> Callable[..., graph.Node]:
    return lambda *args: apply(table[name], *args, **attrs)


def case(
    build: Callable[..., Any],
    reference: Callable[..., Any],
    *shapes: tuple[int, ...],
    domains: tuple[str, ...] = (),
    orders: int = 2,
) -> Case:
    return Case("", build, reference, shapes, domains, orders)


sizes = st.integers(1, 3)
signs = st.booleans()


def shapes(least: int = 0, most: int = 3) -> Any:
    return st.lists(sizes, min_size=least, max_size=most).map(tuple)


# -- entry by entry --------------------------------------------------------------------------------

UNARY: dict[str, tuple[Any, ...]] = {
    "neg": (np.negative,),
    "exp": (np.exp,),
    "log": (np.log, "positive"),
    "sqrt": (np.sqrt, "positive"),
    "sin": (np.sin,),
    "cos": (np.cos,),
    "floor": (np.floor,),
    "abs": (np.abs,),
    "sign": (np.sign,),
    "relu": (lambda z: np.maximum(z, 0),),
    "leaky_relu": (lambda z: np.maximum(z, 0) + 0.01 * np.minimum(z, 0),),
    "elu": (lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),),
    "sigmoid": (special.expit,),
    "log_sigmoid": (special.log_expit,),
    "log_one_minus_sigmoid": (lambda z: special.log_expit(-z),),
    "tanh": (np.tanh,),
    "hard_threshold": (lambda z: np.heaviside(z, 1),),
    "softplus": (lambda z: -special.log_expit(-z),),
    "softsign": (lambda z: z / (1 + np.abs(z)),),
    "silu": (lambda z: z * special.expit(z),),
    "gelu": (lambda z: z * special.ndtr(z),),
    "normal_cdf": (special.ndtr,),
    "p_log_p": (lambda p: -special.entr(p), "positive"),
    "alias": (lambda x: x,),
}

BINARY: dict[str, tuple[Any, ...]] = {
    "add": (np.add,),
    "sub": (np.subtract,),
    "mul": (np.multiply,),
    "div": (np.divide, "real", "positive"),
    "power": (np.power, "positive", "real"),
    "maximum": (np.maximum,),
    "minimum": (np.minimum,),
    "greater": (np.greater,),
    "greater_equal": (np.greater_equal,),
    "less": (np.less,),
    "less_equal": (np.less_equal,),
    "huber": (lambda e, d: special.huber(d, e), "real", "probability"),  # |e| = δ is a kink of the slope
    "bernoulli_log_density": (
        lambda z, y: y * special.log_expit(z) + (1 - y) * special.log_expit(-z),
        "real",
        "probability",
    ),
    "kl_standard_normal": (lambda m, s: kl_normal(m, s, 0, 1), "real", "positive"),
    "kl_log_variance": (lambda m, s: kl_normal(m, np.exp(s / 2), 0, 1),),
    "relative_entropy": (special.rel_entr, "positive", "positive"),
    "kl_bernoulli": (
        lambda q, p: special.rel_entr(q, p) + special.rel_entr(1 - q, 1 - p),
        "probability",
        "probability",
    ),
    "x_log_y": (special.xlogy, "positive", "positive"),
    "label_smoothing": (lambda t, a: (1 - a) * t + a, "real", "real"),
}

SEVERAL: dict[str, tuple[Any, ...]] = {
    "where": (lambda c, a, b: np.where(c > 0, a, b), "real", "real", "real"),
    "normal_log_density": (scipy.stats.norm.logpdf, "real", "real", "positive"),
    "reparameterize": (lambda m, s, e: m + s * e, "real", "real", "real"),
    "kl_normal": (kl_normal, "real", "positive", "real", "positive"),
}

ONCE = ("huber", "sign", "floor")
"""Whose second derivative jumps, or is 0 almost everywhere."""


def _elementwise(name: str, reference: Any, domains: tuple[str, ...], count: int) -> None:
    def make(draw: Any) -> Case:
        found = draw(hnp.mutually_broadcastable_shapes(num_shapes=count, min_side=1, max_side=3, max_dims=2))
        build = op(name)
        if name == "alias":
            build = lambda x: named(named(x * 1 + 0 * x, "a"), "b")  # noqa: E731
        orders = 1 if name in ONCE else 2
        return case(
            build, reference, *found.input_shapes, domains=domains or ("real",) * count, orders=orders
        )

    make.__name__ = name
    family(name)(make)


for _count, _table in ((1, UNARY), (2, BINARY)):
    for _name, (_reference, *_domains) in _table.items():
        _elementwise(_name, _reference, tuple(_domains), _count)
for _name, (_reference, *_domains) in SEVERAL.items():
    _elementwise(_name, _reference, tuple(_domains), len(_domains))


@family("leaky_relu")
def leaky_relu_of_any_slope(draw: Any) -> Case:
    slope = draw(st.fractions(0, 2, max_denominator=8))
    reference = lambda z: np.where(z > 0, z, float(slope) * z)  # noqa: E731
    return case(lambda z: graph.leaky_relu(z, slope=slope), reference, draw(shapes()))


@family("logistic_loss")
def logistic_loss(draw: Any) -> Case:
    label = draw(st.sampled_from([0, 1]))
    sign = 1 if label else -1
    return case(op("logistic_loss", label=label), lambda z: -special.log_expit(sign * z), draw(shapes()))


# -- products --------------------------------------------------------------------------------------


@family("contract")
def contract(draw: Any) -> Case:
    letters = "abcd"
    extent = {c: draw(sizes) for c in letters}
    parts = [
        draw(st.lists(st.sampled_from(letters), min_size=1, max_size=3, unique=True).map("".join))
        for _ in range(draw(sizes))
    ]
    used = sorted(set("".join(parts)))
    output = "".join(draw(st.permutations(used)))[: draw(st.integers(0, len(used)))]

    def reference(*arrays: Any) -> Any:
        """Put all axes side by side, multiply, sum the others away."""
        order = [*output, *(c for c in used if c not in output)]
        product: Any = 1
        for part, x in zip(parts, arrays, strict=True):
            moved = np.transpose(x, sorted(range(len(part)), key=lambda i: order.index(part[i])))
            own = sorted(part, key=order.index)
            product = product * moved.reshape([extent[c] if c in own else 1 for c in order])
        full = np.broadcast_to(product, [extent[c] for c in order])
        return full.sum(axis=tuple(range(len(output), len(order))))

    signature = f"{','.join(parts)}->{output}"
    own = [tuple(extent[c] for c in part) for part in parts]
    return case(op("contract", signature=signature), reference, *own)


@family()
def matrix_product(draw: Any) -> Case:
    m, n, k = draw(sizes), draw(sizes), draw(sizes)
    left, right = draw(st.sampled_from([(m, n), (n,)])), draw(st.sampled_from([(n, k), (n,)]))
    return case(lambda a, b: a @ b, np.matmul, left, right)


@family("rows_of")
def jacobian(draw: Any) -> Case:
    m, n = draw(sizes), draw(sizes)
    build = lambda A, x: graph.jacobian(graph.sin(A @ x), x)  # noqa: E731
    return case(build, lambda A, x: np.cos(A @ x)[:, None] * A, (m, n), (n,), orders=1)


@family("flip")
def flip(draw: Any) -> Case:
    shape = draw(shapes(1))
    axes = draw(st.integers(1, min(2, len(shape))))
    return case(lambda x: graph.flip(x, axes), lambda x: np.flip(x, tuple(range(-axes, 0))), shape)


# -- shapes ----------------------------------------------------------------------------------------


@family("stack")
def stack(draw: Any) -> Case:
    shape, count = draw(shapes(0, 2)), draw(sizes)
    return case(graph.stack, lambda *x: np.stack(x), *[shape] * count)


@family("reshape")
def reshape(draw: Any) -> Case:
    start, order = draw(shapes()), draw(st.sampled_from("CF"))
    left, end = int(np.prod(start)), []
    while left > 1:
        n = draw(st.sampled_from([k for k in range(2, left + 1) if left % k == 0]))
        end.append(n)
        left //= n
    for _ in range(draw(st.integers(0, 2))):
        end.insert(draw(st.integers(0, len(end))), 1)
    other = op("reshape", shape=tuple(end), order=order, ndim=len(start))
    return case(other, lambda x: np.reshape(x, end, order), start)


@family("reshape")
def vec_and_flatten(draw: Any) -> Case:
    shape, by_columns = draw(shapes()), draw(signs)
    return case(graph.vec if by_columns else graph.flatten, lambda x: x.ravel("CF"[by_columns]), shape)


@family("transpose")
def transpose(draw: Any) -> Case:
    return case(graph.transpose, np.transpose, draw(shapes(2, 2)))


@family()
def permute(draw: Any) -> Case:
    shape = draw(shapes())
    order = draw(st.permutations(range(len(shape))))
    order = [axis - len(shape) if draw(signs) else axis for axis in order]
    return case(lambda x: graph.permute(x, order), lambda x: np.transpose(x, order), shape)


@family("expand")
def expand(draw: Any) -> Case:
    start, lead = draw(shapes(0, 2)), draw(shapes(0, 2))
    end = (*lead, *(draw(sizes) if n == 1 else n for n in start))
    return case(op("expand", shape=end, ndim=len(start)), lambda x: np.broadcast_to(x, end), start)


@family("repeat_last")
def repeat_last(draw: Any) -> Case:
    n = draw(sizes)
    return case(op("repeat_last", n=n), lambda x: np.repeat(x[..., None], n, -1), draw(shapes(0, 2)))


@family()
def unsqueeze_and_squeeze(draw: Any) -> Case:
    shape = draw(shapes(0, 2))
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    if draw(signs):
        return case(lambda x: graph.unsqueeze(x, axis), lambda x: np.expand_dims(x, axis), shape)
    wide = np.expand_dims(np.zeros(shape), axis).shape
    return case(lambda x: graph.squeeze(x, axis), lambda x: np.squeeze(x, axis), wide)


def position(draw: Any, n: int) -> Any:
    """Return an integer, or a slice that is not empty."""
    if draw(signs):
        return draw(st.integers(-n, n - 1))
    start, stop = sorted((draw(st.integers(0, n - 1)), draw(st.integers(0, n - 1))))
    step = draw(st.sampled_from([1, 1, 2, -1]))
    if step == -1:
        return slice(stop, start - 1 if start else None, -1)
    return draw(
        st.sampled_from([slice(start, stop + 1, step), slice(None, None, step), slice(start - n, None)])
    )


@family("index", "place")
def index(draw: Any) -> Case:
    shape = draw(shapes(1))
    at = tuple(position(draw, n) for n in shape[: draw(st.integers(1, len(shape)))])
    if len(at) < len(shape) and draw(signs):
        at = (..., *(position(draw, n) for n in shape[-len(at) :]))
    whole = all(isinstance(e, slice) and e in (slice(None), slice(None, None, 1)) for e in at if e is not ...)
    build = lambda x: graph.index(x * 1, at) if not whole else graph.index(x, (*at[1:], 0))  # noqa: E731
    return case(build, lambda x: x[at] if not whole else x[(*at[1:], 0)], shape)


@family("place", "index")
def place(draw: Any) -> Case:
    shape = draw(shapes(1))
    at = tuple(draw(st.integers(-n, n - 1)) for n in shape[: draw(st.integers(1, len(shape)))])

    def reference(g: Any) -> Any:
        out = np.zeros(shape)
        out[at] = g
        return out

    return case(op("place", at=at, shape=shape), reference, shape[len(at) :])


@family("pad")
def pad(draw: Any) -> Case:
    shape = draw(shapes(1, 2))
    widths = [(draw(st.integers(0, 2)), draw(sizes)) for _ in range(draw(st.integers(1, len(shape))))]
    full = [(0, 0)] * (len(shape) - len(widths)) + widths
    return case(lambda x: graph.pad(x, widths), lambda x: np.pad(x, full), shape)


@family("concat", "index")
def concat(draw: Any) -> Case:
    shape = draw(shapes(1))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    at = axis % len(shape)
    parts = [(*shape[:at], draw(sizes), *shape[at + 1 :]) for _ in range(draw(st.integers(2, 3)))]
    return case(lambda *x: graph.concat(*x, axis=axis), lambda *x: np.concatenate(x, axis), *parts)


@family()
def split_and_chunk(draw: Any) -> Case:
    n, rest = draw(st.integers(1, 6)), draw(shapes(0, 1))
    size = draw(st.integers(1, n))
    which = draw(st.integers(0, -(-n // size) - 1))
    by_count = draw(signs)
    build = lambda x: graph.chunk(x, -(-n // size))[which] if by_count else graph.split(x, size)[which]  # noqa: E731
    step = -(-n // -(-n // size)) if by_count else size
    which = min(which, -(-n // step) - 1)
    return case(build, lambda x: x[which * step : (which + 1) * step], (n, *rest))


@family("diag", "diagonal")
def diag(draw: Any) -> Case:
    n = draw(sizes)
    return case(graph.diag, np.diag, (n,)) if draw(signs) else case(graph.diagonal, np.diag, (n, n))


@family("constant", "symbol", "pi", "decimal", "dims", "shape_of")
def leaves(draw: Any) -> Case:
    shape = draw(shapes())
    values = np.arange(np.prod(shape)).reshape(shape) - 2
    measured = tuple(shape) or (1,)

    def build(x: Any) -> Any:
        sizes = graph.sum(graph.shape(x)) + graph.sum(graph.dims(*measured))
        return x + graph.constant(values) + graph.pi() + graph.decimal(as_dim(0) + 5, 1) * sizes

    return case(build, lambda x: x + values + np.pi + 10 * sum(measured), shape, orders=1)


@family("onehot", "entry")
def positions_that_are_values(draw: Any) -> Case:
    n = 19  # "size" inputs are below
    if draw(signs):
        return case(
            op("onehot", n=n + 1),
            lambda y: np.eye(n + 1)[y.astype(int)],
            draw(shapes(0, 2)),
            domains=("size",),
        )
    build, reference = op("entry"), lambda x, y: x[int(y)]
    return case(build, reference, (n + 1,), (), domains=("real", "size"))


# -- sums ------------------------------------------------------------------------------------------


def _of_all(name: str, build: Any, reference: Any) -> None:
    def make(draw: Any) -> Case:
        return case(build, reference, draw(shapes()))

    make.__name__ = f"{name}_of_all"
    family(name)(make)


_of_all("sum", graph.sum, np.sum)
_of_all("max", graph.maximum_of, np.max)
_of_all("min", graph.minimum_of, np.min)


@family("sum_last")
def sum_last(draw: Any) -> Case:
    return case(op("sum_last"), lambda x: x.sum(-1), draw(shapes(1)))


@family("sum_first")
def sum_first(draw: Any) -> Case:
    shape = draw(shapes(1))
    return case(op("sum_first", ndim=len(shape)), lambda x: x.sum(0), shape)


@family("sum_axes")
def sum_axes(draw: Any) -> Case:
    shape = draw(shapes(1))
    axes, keep = some_axes(draw, shape), draw(signs)
    build = op("sum_axes", axes=axes, keepdims=keep)
    return case(build, lambda x: x.sum(axes, keepdims=keep), shape)


def some_axes(draw: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return axes counted from the last, in order."""
    drawn = draw(st.sets(st.integers(-len(shape), -1), min_size=1))
    return tuple(sorted(drawn))


@family()
def means_and_variances(draw: Any) -> Case:
    shape = draw(shapes(1))
    axes = draw(st.none() | st.just(some_axes(draw, shape)))
    keep = draw(signs) and axes is not None
    count = int(np.prod(shape if axes is None else [shape[a] for a in axes]))
    what = draw(st.sampled_from(["mean", "sum", "variance", "unbiased"]))
    if what == "mean":
        return case(
            lambda x: graph.mean(x, axes, keepdims=keep), lambda x: x.mean(axes, keepdims=keep), shape
        )
    if what == "sum":
        return case(lambda x: graph.sum_over(x, axes, keep), lambda x: x.sum(axes, keepdims=keep), shape)
    unbiased = what == "unbiased" and count > 1
    return case(
        lambda x: graph.variance(x, axes, unbiased=unbiased, keepdims=keep),
        lambda x: x.var(axes, ddof=int(unbiased), keepdims=keep),
        shape,
    )


@family("std")
def std(draw: Any) -> Case:
    shape = draw(shapes(1))
    axes, keep, eps = some_axes(draw, shape), draw(signs), draw(st.sampled_from([1, 0.25]))
    build = lambda x: graph.std(x, axes, eps=eps, keepdims=keep)  # noqa: E731
    return case(build, lambda x: np.sqrt(x.var(axes, keepdims=keep) + eps), shape)


@family("standardize")
def standardize(draw: Any) -> Case:
    shape = draw(shapes(1))
    axes, eps = some_axes(draw, shape), draw(st.sampled_from([1, 0.25]))

    def reference(x: Any) -> Any:
        return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)

    return case(lambda x: graph.standardize(x, axes, eps=eps), reference, shape)


@family("argmax")
def argmax(draw: Any) -> Case:
    return case(graph.argmax, lambda x: np.argmax(x) + 1, (draw(st.integers(1, 5)),), orders=0)


@family("norm", "unit_vector")
def norm(draw: Any) -> Case:
    shape = draw(shapes())
    if draw(signs):
        return case(graph.norm, lambda x: np.sqrt((x**2).sum()), shape)
    return case(graph.unit_vector, lambda x: x / (scipy.linalg.norm(x.ravel()) or 1), shape)


# -- softmax and attention -------------------------------------------------------------------------


@family("softmax", "log_softmax")
def softmaxes(draw: Any) -> Case:
    if draw(signs):
        return case(graph.softmax, lambda z: special.softmax(z, -1), draw(shapes(1)))
    return case(graph.log_softmax, lambda z: special.log_softmax(z, -1), draw(shapes(1)))


def seen(z: Any, mask: Any) -> Any:
    """Softmax over what may be seen; a row of which nothing may be is 0."""
    out = np.zeros(np.broadcast_shapes(z.shape, np.shape(mask)))
    shown = np.broadcast_to(mask, out.shape) > 0
    for at in np.ndindex(out.shape[:-1]):
        if shown[at].any():
            out[at][shown[at]] = special.softmax(np.broadcast_to(z, out.shape)[at][shown[at]])
    return out


@family("masked_softmax")
def masked_softmax(draw: Any) -> Case:
    shape = draw(shapes(1))
    mask = tuple(draw(st.sampled_from([1, n])) for n in shape)[draw(st.integers(0, len(shape))) :]
    build = op("masked_softmax", gap=len(shape) - len(mask), ndim=len(mask))
    return case(build, seen, shape, mask, domains=("real", "mask"))


@family("causal_mask")
def causal_mask(draw: Any) -> Case:
    m, n = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return case(lambda x: x * graph.causal_mask(m, n), lambda x: x * np.tri(m, n), (m, n), orders=1)


@family("split_heads", "join_heads")
def heads(draw: Any) -> Case:
    lead, rows, count, width = draw(shapes(0, 1)), draw(sizes), draw(sizes), draw(sizes)
    shape = (*lead, rows, count * width)
    if draw(signs):
        apart = lambda x: np.swapaxes(x.reshape(*lead, rows, count, width), -2, -3)  # noqa: E731
        return case(op("split_heads", heads=count), apart, shape)
    together = lambda x: np.concatenate([x[..., i, :, :] for i in range(count)], -1)  # noqa: E731
    return case(op("join_heads"), together, (*lead, count, rows, width))


@family()
def attention(draw: Any) -> Case:
    m, n, d, e = (draw(sizes) for _ in range(4))
    lead, masked = draw(shapes(0, 1)), draw(signs)
    scale = draw(st.sampled_from([None, 0.5]))

    def reference(q: Any, k: Any, v: Any, *mask: Any) -> Any:
        scores = q @ np.swapaxes(k, -1, -2) * (d**-0.5 if scale is None else scale)
        return seen(scores, mask[0] if mask else np.ones(scores.shape)) @ v

    own = [(*lead, m, d), (*lead, n, d), (*lead, n, e), *([(m, n)] if masked else [])]
    domains = ("real",) * 3 + ("mask",) * masked
    return case(
        lambda q, k, v, *mask: graph.attention(q, k, v, *mask, scale=scale), reference, *own, domains=domains
    )


# -- embeddings ------------------------------------------------------------------------------------


@family("embedding", "scatter")
def embedding(draw: Any) -> Case:
    rows, d, ids = 20, draw(st.integers(1, 2)), draw(shapes(0, 2))
    padding = draw(st.none() | st.integers(-rows, rows - 1))
    build = lambda table, at: graph.embedding(table, at, padding)  # noqa: E731

    def reference(table: Any, at: Any) -> Any:
        table = table.copy()
        if padding is not None:
            table[padding] = 0
        return table[at.astype(int)]

    return case(build, reference, (rows, d), ids, domains=("real", "size"))


@family("positional_encoding")
def positional_encoding(draw: Any) -> Case:
    length, d = draw(st.integers(1, 6)), draw(st.integers(1, 6))

    def reference(x: Any) -> Any:
        out = np.empty((length, d))
        for p, j in np.ndindex(length, d):
            out[p, j] = (np.cos if j % 2 else np.sin)(p / 10000 ** (2 * (j // 2) / d))
        return x + out

    return case(lambda x: x + graph.positional_encoding(length, d), reference, (length, d), orders=1)


# -- linear algebra --------------------------------------------------------------------------------


def regular(A: Any) -> Any:
    """Return a matrix that is far from singular, of ours or of NumPy."""
    return A + 10 * (graph.eye(A.shape[0]) if isinstance(A, graph.Node) else np.eye(A.shape[0]))


@family("solve")
def solve(draw: Any) -> Case:
    n, k = draw(sizes), draw(st.sampled_from([(), (1,), (2,)]))
    reference = lambda A, b: scipy.linalg.solve(regular(A), b)  # noqa: E731
    return case(lambda A, b: graph.solve(regular(A), b), reference, (n, n), (n, *k))


def _of_a_matrix(name: str, reference: Any) -> None:
    def make(draw: Any) -> Case:
        n = draw(sizes)
        return case(lambda A: getattr(graph, name)(regular(A)), lambda A: reference(regular(A)), (n, n))

    make.__name__ = name
    family(name)(make)


_of_a_matrix("inverse", scipy.linalg.inv)
_of_a_matrix("det", scipy.linalg.det)
_of_a_matrix("logdet", lambda A: np.log(np.abs(scipy.linalg.det(A))))
_of_a_matrix("trace", lambda A: np.diag(A).sum())
