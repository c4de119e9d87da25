"""Random losses, divergences and recurrences, against SciPy, scikit-learn and loops over steps."""

from typing import Any

import numpy as np
import scipy.spatial.distance
import scipy.special as special
import scipy.stats
import sklearn.metrics
from hypothesis import strategies as st

from graph.draws import case, family, op, shapes, signs, sizes
from graph.oracle import Case
from tripos import graph
from tripos.graph.conventions import declared
from tripos.graph.node import apply
from tripos.graph.op import table

REDUCTIONS = {"mean": np.mean, "sum": np.sum, "none": lambda x: x}


def reduction(draw: Any) -> tuple[str, Any]:
    name = draw(st.sampled_from(sorted(REDUCTIONS)))
    return name, REDUCTIONS[name]


def several_classes(draw: Any) -> tuple[tuple[int, ...], int, list[int]]:
    """Return rows, classes, and a right class for each row; one example has no rows."""
    rows, n = draw(shapes(0, 1)), draw(st.integers(1, 4))
    count = int(np.prod(rows))
    return rows, n, draw(st.lists(st.integers(0, n - 1), min_size=count, max_size=count))


@family("cross_entropy")
def cross_entropy(draw: Any) -> Case:
    rows, n, labels = several_classes(draw)
    (how, reduce), alpha = reduction(draw), draw(st.sampled_from([0, 0.25]))
    sparse = draw(signs)
    target: Any = (labels if rows else labels[0]) if sparse else np.eye(n)[labels].reshape(*rows, n).tolist()

    def reference(z: Any) -> Any:
        t = (1 - alpha) * np.eye(n)[labels].reshape(*rows, n) + alpha / n
        return (
            reduce(-(t * special.log_softmax(z, -1)).sum(-1)) if rows else -(t * special.log_softmax(z)).sum()
        )

    build = lambda z: graph.cross_entropy(z, target, alpha, how)  # noqa: E731
    return case(build, reference, (*rows, n))


@family("cross_entropy")
def cross_entropy_of_any_target(draw: Any) -> Case:
    shape = draw(shapes(1, 2))
    reference = lambda z, t: -(t * special.log_softmax(z, -1)).sum()  # noqa: E731
    return case(op("cross_entropy", ndim=len(shape)), reference, shape, shape)


@family()
def negative_log_likelihood(draw: Any) -> Case:
    rows, n, labels = several_classes(draw)
    how, reduce = reduction(draw)
    picked = lambda p: p.reshape(-1, n)[np.arange(len(labels)), labels].reshape(rows)  # noqa: E731
    reference = lambda p: reduce(-np.log(picked(p))) if rows else -np.log(picked(p))  # noqa: E731
    target = labels if rows else labels[0]
    if draw(signs):
        soft = lambda z: reference(special.softmax(z, -1))  # noqa: E731
        return case(lambda z: graph.nll(graph.softmax(z), target, how), soft, (*rows, n))
    return case(lambda p: graph.nll(p, target, how), reference, (*rows, n), domains=("probability",))


@family()
def binary_cross_entropy(draw: Any) -> Case:
    shape, (how, reduce) = draw(shapes()), reduction(draw)
    if not shape:
        reduce = REDUCTIONS["none"]
    of_logits = lambda z, y: reduce(-(y * special.log_expit(z) + (1 - y) * special.log_expit(-z)))  # noqa: E731
    kind = draw(st.sampled_from(["logits", "sigmoid", "probability"]))
    if kind == "probability":
        of = lambda p, y: reduce(-(special.xlogy(y, p) + special.xlog1py(1 - y, -p)))  # noqa: E731
        return case(lambda p, y: graph.bce(p, y, how), of, shape, shape, domains=("probability",) * 2)
    build = {
        "logits": lambda z, y: graph.bce_with_logits(z, y, how),
        "sigmoid": lambda z, y: graph.bce(graph.sigmoid(z), y, how),
    }[kind]
    return case(build, of_logits, shape, shape, domains=("real", "probability"))


@family()
def errors(draw: Any) -> Case:
    shape, (how, reduce) = draw(shapes(1, 2)), reduction(draw)
    kind = draw(st.sampled_from(["mse", "l1", "huber"]))
    target = draw(st.sampled_from([shape, ()]))
    if kind == "l1":
        l1 = lambda p, y: reduce(np.abs(p - y))  # noqa: E731
        return case(lambda p, y: graph.l1_loss(p, y, how), l1, shape, target)
    if kind == "huber":
        delta = draw(st.sampled_from([0.75, 2.3125]))
        huber = lambda p, y: reduce(special.huber(delta, p - y))  # noqa: E731
        return case(lambda p, y: graph.huber_loss(p, y, delta, how), huber, shape, target, orders=1)
    half, mean = draw(st.sampled_from(["with 1/2", "without 1/2"])), draw(st.sampled_from(["over N", "sum"]))

    def mse(p: Any, y: Any) -> Any:
        with declared({"half": half, "mean": mean}):
            return graph.mse(p, y)

    share = (0.5 if half == "with 1/2" else 1) * (1 if mean == "over N" else int(np.prod(shape)))
    wide = lambda p, y: np.broadcast_to(y, p.shape)  # noqa: E731
    flat = lambda p, y: sklearn.metrics.mean_squared_error(p.ravel(), wide(p, y).ravel())  # noqa: E731
    return case(mse, lambda p, y: share * flat(p, y), shape, target)


@family()
def hinges(draw: Any) -> Case:
    n, (how, reduce) = draw(st.integers(2, 4)), reduction(draw)
    labels = [-1, 1, *draw(st.lists(st.sampled_from([-1, 1]), min_size=n - 2, max_size=n - 2))]
    y = np.array(labels)
    kind = draw(st.sampled_from(["hinge", "perceptron", "classes"]))
    if kind == "classes":
        right, margin = draw(st.integers(0, n - 1)), draw(st.sampled_from([1, 0.5]))
        reference = lambda s: np.maximum(0, np.delete(s, right) - s[right] + margin).sum()  # noqa: E731
        return case(lambda s: graph.multiclass_hinge(s, right, margin), reference, (n,))
    if kind == "perceptron":
        reference = lambda s: reduce(np.where(y * s < 0, -y * s, 0))  # noqa: E731
        return case(lambda s: graph.perceptron_loss(s, labels, how), reference, (n,))
    if how == "mean":
        by_sklearn = lambda s: sklearn.metrics.hinge_loss(y, s, labels=[-1, 1])  # noqa: E731
        return case(lambda s: graph.hinge(s, labels), by_sklearn, (n,))
    return case(lambda s: graph.hinge(s, labels, how), lambda s: reduce(np.clip(1 - y * s, 0, None)), (n,))


@family()
def penalties(draw: Any) -> Case:
    own = [draw(shapes(0, 2)) for _ in range(draw(sizes))]
    kind = draw(st.sampled_from(["l1_penalty", "l2_penalty", "elastic_net_penalty"]))
    l1 = lambda *w: sum(np.abs(v).sum() for v in w)  # noqa: E731
    l2 = lambda *w: sum((v**2).sum() for v in w)  # noqa: E731
    if kind == "elastic_net_penalty":
        build = lambda *w: graph.elastic_net_penalty(*w, l1=3, l2=0.5)  # noqa: E731
        return case(build, lambda *w: 3 * l1(*w) + 0.5 * l2(*w), *own)
    return case(getattr(graph, kind), {"l1_penalty": l1, "l2_penalty": l2}[kind], *own)


# -- distributions ---------------------------------------------------------------------------------


@family()
def divergences(draw: Any) -> Case:
    """Each is a sum over the last axis, as SciPy's is; arguments of SciPy's are made to sum to one."""
    shape = draw(shapes(1, 2))
    kind = draw(
        st.sampled_from(["kl_categorical", "js_divergence", "entropy", "bernoulli_entropy", "normal_entropy"])
    )
    one = lambda p: p / p.sum(-1, keepdims=True)  # noqa: E731
    ours = lambda p: p / graph.expand(graph.sum_over(p, -1, keepdims=True), p.shape)  # noqa: E731
    if kind == "kl_categorical":
        build = lambda q, p: graph.kl_categorical(ours(q), ours(p))  # noqa: E731
        return case(
            build, lambda q, p: scipy.stats.entropy(q, p, axis=-1), shape, shape, domains=("positive",) * 2
        )
    if kind == "js_divergence":
        build = lambda q, p: graph.js_divergence(ours(q), ours(p))  # noqa: E731
        reference = lambda q, p: scipy.spatial.distance.jensenshannon(one(q), one(p), axis=-1) ** 2  # noqa: E731
        return case(build, reference, shape, shape, domains=("positive",) * 2)
    if kind == "entropy":
        return case(
            lambda p: graph.entropy(ours(p)),
            lambda p: scipy.stats.entropy(p, axis=-1),
            shape,
            domains=("positive",),
        )
    if kind == "bernoulli_entropy":
        reference = lambda p: scipy.stats.bernoulli.entropy(p).sum(-1)  # noqa: E731
        return case(graph.bernoulli_entropy, reference, shape, domains=("probability",))
    reference = lambda s: scipy.stats.norm.entropy(scale=s).sum(-1)  # noqa: E731
    return case(graph.normal_entropy, reference, shape, domains=("positive",))


@family()
def latents(draw: Any) -> Case:
    n = draw(sizes)
    kind = draw(st.sampled_from(["evidence", "posterior", "bits", "gumbel", "likelihood"]))
    if kind in ("evidence", "posterior"):
        evidence = lambda like, prior: np.log(like @ prior)  # noqa: E731
        posterior = lambda like, prior: like * prior / (like @ prior)  # noqa: E731
        build = graph.log_evidence if kind == "evidence" else graph.posterior
        reference = evidence if kind == "evidence" else posterior
        return case(build, reference, (n,), (n,), domains=("probability",) * 2)
    if kind == "bits":
        states = np.array([[int(c) for c in f"{i:0{n}b}"] for i in range(2**n)])
        reference = lambda q: np.where(states, q, 1 - q).prod(-1)  # noqa: E731
        return case(graph.bit_probabilities, reference, (n,), domains=("probability",))
    if kind == "gumbel":
        reference = lambda a, u: special.softmax((a + scipy.stats.gumbel_r.ppf(u)) / 2, -1)  # noqa: E731
        build = lambda a, u: graph.gumbel_softmax(a, graph.gumbel_noise(u), 2)  # noqa: E731
        return case(build, reference, (n,), (n,), domains=("real", "probability"))
    reference = lambda x, z: (x * special.log_expit(z) + (1 - x) * special.log_expit(-z)).sum(-1)  # noqa: E731
    return case(graph.bernoulli_log_likelihood, reference, (2, n), (2, n), domains=("probability", "real"))


# -- recurrences -----------------------------------------------------------------------------------


STEPS: dict[str, tuple[Any, Any]] = {
    "tanh": (lambda h, x, W: graph.tanh(W @ h + x), lambda h, x, W: np.tanh(W @ h + x)),
    "gated": (
        lambda h, x, W: graph.sigmoid(x) * h + graph.sin(W @ x),
        lambda h, x, W: special.expit(x) * h + np.sin(W @ x),
    ),
    "product": (lambda h, x, W: h * x + W[0], lambda h, x, W: h * x + W[0]),
}


def walked(step: Any, h: Any, xs: Any, W: Any, reverse: bool) -> Any:
    out: list[Any] = []
    for x in reversed(xs) if reverse else xs:
        h = step(h, x, W)
        out.append(h)
    return np.stack(out[::-1] if reverse else out)


@family("recurrence", "each")
def recurrence(draw: Any) -> Case:
    T, n, reverse = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(signs)
    ours, other = STEPS[draw(st.sampled_from(sorted(STEPS)))]

    def build(h: Any, xs: Any, W: Any) -> Any:
        states = graph.recurrence(lambda h, x: ours(h, x, W), h, xs, reverse=reverse)
        return graph.each(lambda s, x: graph.exp(s / 4) * x, states, xs)

    def reference(h: Any, xs: Any, W: Any) -> Any:
        return np.exp(walked(other, h, xs, W, reverse) / 4) * xs

    return case(build, reference, (n,), (T, n), (n, n))


@family("last_state")
def last_state(draw: Any) -> Case:
    T, n, reverse = draw(st.integers(1, 4)), draw(st.integers(1, 2)), draw(signs)
    ours, other = STEPS[draw(st.sampled_from(sorted(STEPS)))]

    def build(h: Any, xs: Any, W: Any) -> Any:
        states = graph.recurrence(lambda h, x: ours(h, x, W), h, xs, reverse=reverse)
        return apply(table["last_state"], *states.args, **dict(states.attrs))

    def reference(h: Any, xs: Any, W: Any) -> Any:
        return walked(other, h, xs, W, reverse)[0 if reverse else -1]

    return case(build, reference, (n,), (T, n), (n, n))
