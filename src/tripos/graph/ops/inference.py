"""Bayes' rule and the evidence lower bound where a latent variable has few values: sums over all of them."""

from __future__ import annotations

from itertools import product

from ..node import Literal, Node, constant, lift, show_shape
from ..op import GraphError
from .contraction import dot
from .elementwise import log
from .joining import concat, split
from .loss import bernoulli_log_density, in_base, same_shape
from .probability import distribution, kl_categorical, over_entries, x_log_y
from .reduction import sum_last

MAX_BITS = 12
"""Most bits whose states are listed: 4096 of them."""


def posterior(likelihood: Literal, prior: Literal) -> Node:
    """Return p(z|x) = p(z) p(x|z) / p(x) for all values z, from vectors of p(x|z) and p(z)."""
    fit, before = _fitting("posterior", likelihood, prior)
    return before * fit / dot(before, fit)


def log_evidence(likelihood: Literal, prior: Literal) -> Node:
    """Return log p(x) = log Σ p(z) p(x|z), from vectors of p(x|z) and p(z) over all values z."""
    likelihood, prior = _fitting("log_evidence", likelihood, prior)
    return in_base(log(dot(prior, likelihood)))


def elbo(q: Literal, likelihood: Literal, prior: Literal) -> Node:
    """Return Σ q(z) log p(x|z) − KL(q ‖ p(z)), from vectors of q(z), p(x|z) and p(z) over all values z.

    This is log p(x) − KL(q ‖ p(z|x)): a lower bound on the evidence, tight where q is the posterior.
    """
    likelihood, prior = _fitting("elbo", likelihood, prior)
    q, prior = distribution("elbo", q), distribution("elbo", prior)
    if q.shape != prior.shape:
        raise GraphError(f"elbo: q has shape {show_shape(q.shape)} and the prior {show_shape(prior.shape)}")
    return in_base(sum_last(x_log_y(q, likelihood))) - kl_categorical(q, prior)


def _fitting(name: str, likelihood: Literal, prior: Literal) -> tuple[Node, Node]:
    one, other = lift(likelihood), lift(prior)
    if one.ndim != 1 or one.shape != other.shape:
        raise GraphError(
            f"{name}: the likelihood has shape {show_shape(one.shape)} and the prior "
            f"{show_shape(other.shape)}; both are vectors with one entry for each value of z"
        )
    return one, other


def bit_states(n: int) -> Node:
    """Return all states of ``n`` bits, one a row, counted up in binary: 2ⁿ×n."""
    if not isinstance(n, int) or not 1 <= n <= MAX_BITS:
        raise GraphError(f"bit_states: from 1 to {MAX_BITS} bits are listed, found {n!r}")
    return constant([list(state) for state in product((0, 1), repeat=n)])


def bit_probabilities(q: Literal) -> Node:
    """Return the probabilities of all states of independent bits that are 1 with probabilities ``q``.

    The states are in the order of ``bit_states``; of rows of probabilities, there is one row for each.
    """
    q = lift(q)
    if q.ndim not in (1, 2) or not isinstance(q.shape[-1], int) or not 1 <= q.shape[-1] <= MAX_BITS:
        raise GraphError(
            f"bit_probabilities: expected the probabilities of 1 to {MAX_BITS} bits, found shape "
            f"{show_shape(q.shape)}"
        )
    last, *others = reversed(list(q) if q.ndim == 1 else split(q, 1, axis=-1))
    found = lift([1 - last, last]) if q.ndim == 1 else concat(1 - last, last, axis=-1)
    for on in others:
        found = concat((1 - on) * found, on * found, axis=-1)
    return found


def flow_elbo(log_joint: Literal, log_q: Literal, log_det: Literal) -> Node:
    """Return log p(x, z_K) − log q(z_0) + log |det dz_K/dz_0|: the bound from one sample bent by a flow.

    The first two are to the base that the convention ``log`` says, the third is what a flow gives, natural.
    """
    joint, start, change = lift(log_joint), lift(log_q), lift(log_det)
    if not joint.shape == start.shape == change.shape:
        raise GraphError(
            "flow_elbo: there must be one number of each kind for each example, found shapes "
            + ", ".join(show_shape(node.shape) for node in (joint, start, change))
        )
    return joint - start + in_base(change)


def bernoulli_log_likelihood(x: Literal, logits: Literal) -> Node:
    """Return log p(x) of independent bits (or shares of 1) x under σ(logits), summed over the last axis."""
    x, logits = lift(x), lift(logits)
    same_shape("bernoulli_log_likelihood", logits, x)
    return over_entries(bernoulli_log_density(logits, x))
