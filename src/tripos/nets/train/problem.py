"""What is trained, as graphs: the loss of an example, and the update of weights from gradients.

A graph is built for one example and run with the batch as a leading axis; only where a model asks for the
whole batch, as batch norm does, the batch is an axis of the graph itself.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from ...graph import GraphError, Node, absolute, lift, reshape, sigmoid
from ...graph import sum as total
from ...graph.node import Shape, apply, schedule, show_shape
from ...graph.op import find
from ..loss import CrossEntropyLoss, _Loss
from ..module import Call, Module, Weights, recorded, training
from ..normalisation import BatchNorm
from ..optim.first_order import Adam
from ..optim.gradients import clip_grad_norm, clip_grad_value
from ..optim.optimizer import Optimizer

Loss = Callable[..., Node]
"""A loss of an output and a target, such as ``CrossEntropyLoss()``, or a function of the model's weights and
a row: ``lambda w, x: vae.loss(x, weights=w)``."""


@dataclass(frozen=True)
class Player:
    """One who learns: down which loss, by which optimizer, and which weights are its own.

    ``weights`` is the start of their paths, such as ``"generator"``; "" for all.
    """

    loss: Loss
    optimizer: Optimizer = Adam()  # noqa: RUF009 -- a frozen record of numbers
    weights: str = ""

    def owns(self, path: str) -> bool:
        """Say whether a weight is its own."""
        return not self.weights or path == self.weights or path.startswith(f"{self.weights}.")


class Noise(NamedTuple):
    """A symbol that is drawn anew for every example: bits of a mask, normal or uniform numbers."""

    symbol: Node
    domain: str
    keep: float = 0.5


@dataclass(frozen=True)
class Limits:
    """What changes gradients on the way: penalties on the weights, and limits on gradients; 0 is none."""

    l1: float = 0
    l2: float = 0
    clip_norm: float = 0
    clip_value: float = 0

    def __post_init__(self) -> None:
        for name in ("l1", "l2", "clip_norm", "clip_value"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < math.inf:
                raise GraphError(f"fit: {name} must be a number of 0 or more, found {value!r}")


@dataclass(frozen=True)
class Update:
    """One optimizer's step as a graph: weights, gradients and state in, weights and state out."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    start: tuple[Node, ...]
    """The state before the first step."""


@dataclass(frozen=True)
class Problem:
    """The graphs of training: the loss of each player, and what its update is.

    ``symbols`` has every weight and buffer by its path, ``rows`` those of a row's columns; ``buffers`` what
    replaces running statistics after a step; ``batch`` the size that the graph has been built for, if any.
    """

    symbols: dict[str, Node]
    rows: tuple[Node, ...]
    noise: tuple[Noise, ...]
    losses: tuple[Node, ...]
    owned: tuple[tuple[str, ...], ...]
    updates: tuple[Update, ...]
    buffers: dict[str, Node]
    batch: int | None


def symbol_of(name: str, shape: Shape, domain: str = "row") -> Node:
    """Return a symbol that is none of a model's, even if that has one of the same name and shape."""
    return apply(find("symbol"), name=name, shape=shape, domain=domain)


def whole_batches(model: Module) -> bool:
    """Say whether a model is built for batches, as batch norm must be, and not for one example."""
    return any(m.whole_batches for _, m in model.modules())


def loss_names(players: Sequence[Player]) -> list[str]:
    """Return what each player's loss is called in a history: "loss", "generator loss", "loss 2"."""
    found: list[str] = []
    for player in players:
        name = f"{player.weights} loss".strip()
        taken = sum(other == name or other.startswith(f"{name} ") for other in found)
        found.append(f"{name} {taken + 1}" if taken else name)
    return found


def objective(model: Module, loss: Loss) -> Callable[..., Node]:
    """Return a loss as a function of weights and a row."""
    if isinstance(loss, _Loss):

        def of_output(w: Weights, *row: Node) -> Node:
            if len(row) < 2:
                raise GraphError(
                    f"fit: {type(loss).__name__} compares an output with a target, but a row has one column "
                    "only; give a function of weights and row as loss"
                )
            output, target = _matched(loss, model(*row[:-1], weights=w), row[-1])
            found: Node = loss(output, target)
            # What a sum over a batch adds up are examples, whose losses are averaged.
            return found / row[0].shape[0] if loss.reduction == "sum" and whole_batches(model) else found

        return of_output

    def of_row(w: Weights, *row: Node) -> Node:
        try:
            inspect.signature(loss).bind(w, *row)
        except TypeError as error:
            names = ", ".join(str(column.name) for column in row)
            raise GraphError(f"fit: the loss is called with the weights and {names}: {error}") from None
        except ValueError:  # it does not say what it takes
            pass
        return loss(w, *row)

    return of_row


def _matched(loss: Loss, output: Node, target: Node) -> tuple[Node, Node]:
    """Return an output and a target in one shape, unless the targets are classes."""
    if isinstance(loss, CrossEntropyLoss) or output.shape == target.shape:
        return output, target
    if output.shape == (*target.shape, 1):
        return _only(output, target.shape), target
    raise GraphError(
        f"fit: the model puts out shape {show_shape(output.shape)} and {target.name} has shape "
        f"{show_shape(target.shape)}; {type(loss).__name__} takes two of the same shape"
    )


def _only(output: Node, shape: Shape) -> Node:
    """Return outputs without their last axis, which has one entry.

    Of probabilities the logits lose it, so that their logarithm is still known to be that of a sigmoid.
    """
    if output.op.name == "sigmoid":
        return sigmoid(_only(output.args[0], shape))
    return reshape(output, shape) if shape else output[0]


def noise_of(
    nodes: Iterable[Node], known: Iterable[Node], masks: Mapping[Node, Fraction]
) -> tuple[Noise, ...]:
    """Return what is random in a graph: every symbol that is neither a weight nor a column."""
    given, found = set(known), []
    for node in schedule(list(nodes)):
        if node.op.name == "symbol" and node not in given:
            domain = dict(node.attrs)["domain"]
            if domain not in ("bit", "normal", "uniform"):
                raise GraphError(
                    f"fit: the loss holds the symbol {node.name}, which is neither a weight of the model nor "
                    'a column of the data; noise is symbol("epsilon", shape, "normal"), or "uniform" or '
                    '"bit", and a model in a loss is given its weights: model(x, weights=w)'
                )
            found.append(Noise(node, domain, float(masks.get(node, Fraction(1, 2)))))
    return tuple(found)


def positions(problem: Problem) -> dict[str, int]:
    """Return which columns count from 0 up to what: classes, and ids of rows of a table, by name."""
    rows = {row: str(row.name) for row in problem.rows}
    found: dict[str, int] = {}
    for node in schedule([*problem.losses]):
        if node.op.name in ("onehot", "embedding"):
            table, at = node.args[0], node.args[-1]
            n = dict(node.attrs)["n"] if node.op.name == "onehot" else table.shape[0]
            while at.op.name in ("index", "reshape", "transpose", "expand"):
                at = at.args[0]
            if at in rows and isinstance(n, int):
                found[rows[at]] = min(n, found.get(rows[at], n))
    return found


def build(
    model: Module, players: Sequence[Player], shapes: Mapping[str, Shape], batch: int, limits: Limits
) -> Problem:
    """Return the graphs of a training step for rows of the given shapes."""
    symbols = model.symbols()
    together = batch if whole_batches(model) else None
    lead: Shape = () if together is None else (together,)
    rows = tuple(symbol_of(name, (*lead, *shape)) for name, shape in shapes.items())
    bound = model.bound(symbols)
    with training() as masks, recorded() as calls:
        losses = [_one(objective(model, p.loss)(bound, *rows), together) for p in players]
    buffers = _statistics(calls, symbols)
    learnt = model.weights()
    owned = tuple(tuple(path for path in learnt if p.owns(path)) for p in players)
    for player, paths in zip(players, owned, strict=True):
        if not learnt:
            raise GraphError("fit: the model has no weights, and so nothing to learn")
        if not paths:
            raise GraphError(
                f"fit: no weight begins with {player.weights!r}; there are {', '.join(learnt) or 'none'}"
            )
    penalized = [
        loss + penalty if (penalty := _penalty([symbols[p] for p in paths], limits)) is not None else loss
        for loss, paths in zip(losses, owned, strict=True)
    ]
    noise = noise_of([*losses, *buffers.values()], [*symbols.values(), *rows], masks)
    updates = tuple(
        update_of(player.optimizer, [symbols[path] for path in paths], limits)
        for player, paths in zip(players, owned, strict=True)
    )
    return Problem(symbols, rows, noise, tuple(penalized), owned, updates, buffers, together)


def _one(loss: Any, batch: int | None) -> Node:
    """Return a loss, or raise GraphError where it is no single number."""
    try:
        found: Node = lift(loss)
    except (GraphError, TypeError):
        raise GraphError(f"fit: a loss is a node that is built from its arguments, found {loss!r}") from None
    if found.shape:
        what = (
            "an example"
            if batch is None
            else "a batch (the model needs its rows together, as batch norm does)"
        )
        raise GraphError(
            f"fit: the loss of {what} must be one number, found shape {show_shape(found.shape)}; "
            "take its mean or sum"
        )
    return found


def _statistics(calls: Sequence[Call], symbols: Mapping[str, Node]) -> dict[str, Node]:
    """Return the running statistics of batch norms after a step, by path; each use counts as a batch."""
    now = dict(symbols)
    for call in calls:
        start = f"{call.path}." if call.path else ""
        own = isinstance(call.module, BatchNorm) and call.module.track_running_stats
        if own and f"{start}running_mean" in symbols:
            assert isinstance(call.module, BatchNorm)
            before = {name: now[start + name] for name in call.module.buffers()}
            now |= {start + name: n for name, n in call.module.updated(before, *call.inputs).items()}
    return {path: node for path, node in now.items() if node is not symbols[path]}


def _penalty(weights: Sequence[Node], limits: Limits) -> Node | None:
    """Return λ₁ Σ|w| + λ₂/2 Σw² over all weights, None where neither is asked for."""
    found = None
    for w in weights:
        for part in (
            limits.l1 and limits.l1 * total(absolute(w)),
            limits.l2 and limits.l2 / 2 * total(w * w),
        ):
            if isinstance(part, Node):
                found = part if found is None else found + part
    return found


def update_of(optimizer: Optimizer, weights: Sequence[Node], limits: Limits) -> Update:
    """Return the graph of one step of an optimizer, from symbols for the gradients and its state."""
    gradients = [symbol_of(f"g_{i}", w.shape, "gradient") for i, w in enumerate(weights)]
    limited: Sequence[Node] = gradients
    if limits.clip_value:
        limited = clip_grad_value(limited, limits.clip_value)
    if limits.clip_norm:
        limited = clip_grad_norm(limited, limits.clip_norm)
    state = optimizer.symbols(weights)
    new, after = optimizer.update(limited, state, weights)
    return Update(
        (*weights, *gradients, *state.nodes()),
        (*new, *after.nodes()),
        tuple(optimizer.init(weights).nodes()),
    )
