"""Training steps compiled by JAX: an epoch is one call, and its loop stays on the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ...graph import Node
from ...graph.program import function
from ...graph.spaces import jax as jax_space
from .engine import Array, Carry, Weights
from .problem import Problem

Step = Callable[[Carry, tuple[Array, ...], tuple[Array, ...]], tuple[Carry, Array]]


class JaxEngine:
    """Runs a problem on the device that JAX finds, in its default precision."""

    name = "jax"

    def __init__(self, problem: Problem):
        step = step_of(problem)

        def steps(
            carry: Carry, columns: tuple[Array, ...], order: Array, noise: tuple[Array, ...]
        ) -> tuple[Carry, Array]:
            def one(carry: Carry, now: tuple[Array, tuple[Array, ...]]) -> tuple[Carry, Array]:
                which, drawn = now
                return step(carry, tuple(column[which] for column in columns), drawn)

            return jax.lax.scan(one, carry, (order, noise))  # type: ignore[no-any-return]

        self._steps = jax.jit(steps, donate_argnums=0)

    def carry(self, weights: Mapping[str, Any], states: Sequence[Sequence[Any]]) -> Carry:
        """Return arrays on the device; they are copies, since a step takes over the memory of the last."""
        return Carry(
            {path: _array(w) for path, w in weights.items()},
            tuple(tuple(_array(part) for part in state) for state in states),
        )

    def columns(self, columns: Mapping[str, NDArray[np.float64]]) -> tuple[Array, ...]:
        """Return the data on the device."""
        return tuple(jnp.asarray(column) for column in columns.values())

    def steps(
        self, carry: Carry, columns: tuple[Array, ...], order: NDArray[np.int64], noise: tuple[Array, ...]
    ) -> tuple[Carry, NDArray[np.float64]]:
        """Take a step for each row of ``order``; the memory of ``carry`` is taken over."""
        after, losses = self._steps(carry, columns, order, noise)
        return after, np.asarray(losses, dtype=np.float64)

    def evaluator(self, outputs: Sequence[Node], inputs: Sequence[Node]) -> Any:
        """Return a compiled function."""
        run = jax.jit(function(outputs, inputs, jax_space))
        return lambda *values: [np.asarray(v) for v in run(*map(jnp.asarray, values))]


def _array(value: Any) -> Array:
    return jnp.array(np.asarray(value, dtype=np.float64))


def step_of(problem: Problem) -> Step:
    """Return one training step, to be compiled: each player in turn descends its own loss."""
    paths = list(problem.symbols)
    inputs = [*problem.symbols.values(), *problem.rows, *(noise.symbol for noise in problem.noise)]
    outputs = [[loss, *problem.buffers.values()] for loss in problem.losses]
    runs = [function(nodes, inputs, jax_space) for nodes in outputs]
    updates = [function(update.outputs, update.inputs, jax_space) for update in problem.updates]

    def cost(run: Any, own: Weights, others: Weights, drawn: tuple[Array, ...]) -> Any:
        weights = others | own
        loss, *buffers = run(*(weights[path] for path in paths), *drawn)
        return (loss if problem.batch else jnp.mean(loss)), buffers

    def step(carry: Carry, rows: tuple[Array, ...], noise: tuple[Array, ...]) -> tuple[Carry, Array]:
        weights, states, losses = dict(carry.weights), list(carry.states), []
        buffers: Sequence[Array] = ()
        for i, (run, owned, update) in enumerate(zip(runs, problem.owned, updates, strict=True)):
            own = {path: weights[path] for path in owned}
            others = {path: w for path, w in weights.items() if path not in own}
            slope = jax.value_and_grad(
                lambda own, others, run=run: cost(run, own, others, (*rows, *noise)), has_aux=True
            )
            (loss, buffers), gradients = slope(own, others)
            new = update(*own.values(), *(gradients[path] for path in owned), *states[i])
            weights |= dict(zip(owned, new[: len(owned)], strict=True))
            states[i] = tuple(new[len(owned) :])
            losses.append(loss)
        weights |= dict(zip(problem.buffers, buffers, strict=True))
        return Carry(weights, tuple(states)), jnp.stack(losses)

    return step
