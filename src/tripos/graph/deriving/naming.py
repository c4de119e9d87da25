"""Names for the intermediate results that a person would name: pre-activations z, activations h, a loss L."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from ..node import Node, apply, named
from .concrete import sizes_in
from .simplify import inline

TRIVIAL = frozenset("neg index entry transpose alias expand reshape".split())
"""Ops whose result alone earns no name."""

_FAMILIES = ("activation", "normalisation", "loss")
"""The families of ops whose argument is a pre-activation."""

_BY_OUTPUT = ("sigmoid", "tanh", "exp")
"""Ops whose derivative is written in terms of the result."""


class Names:
    """Hands out names that are not taken."""

    def __init__(self, taken: Collection[str]):
        self.taken = set(taken)

    def fresh(self, base: str, suffix: str = "") -> str:
        """Return ``base_suffix``, or with numbers instead where that is taken."""
        for name in self._tries(base, suffix):
            if _written(name) not in map(_written, self.taken):
                self.taken.add(name)
                return name
        raise AssertionError("there is always another number")

    def _tries(self, base: str, suffix: str) -> Iterator[str]:
        yield f"{base}_{suffix}" if suffix else base
        number = 1
        while True:
            yield f"{base}_{number}"
            number += 1


def _written(name: str) -> str:
    """Return a name as it is told from others on paper: h1 is h_1."""
    return re.sub(r"^([A-Za-z]+?)(\d)", r"\1_\2", name)


def with_names(order: Sequence[Node], wrt: Collection[Node]) -> dict[Node, Node]:
    """Return nodes, arguments before what uses them, those among them named that a person would name.

    Only what lies between ``wrt`` and the last one gets names; what has one keeps it.
    """
    of = order[-1]
    carries: set[Node] = set()
    for node in order:
        if node in wrt or any(a in carries for a in node.args):
            carries.add(node)
    names = Names({n.name for n in [*order, *sizes_in([of])] if isinstance(n.name, str)})
    users: dict[Node, list[Node]] = {}
    for node in order:
        for arg in dict.fromkeys(node.args):
            users.setdefault(arg, []).append(node)
    chosen: dict[Node, str] = {}
    for node in order:
        if node in carries and node.args and node.name is None and node is not of and node not in wrt:
            letter = _letter(node, users[node], carries)
            if letter:
                chosen[node] = letter
    given = _numbered(chosen, users, names)
    if of.name is None:
        given[of] = names.fresh("L")
    return _named(order, given)


def _letter(node: Node, users: list[Node], carries: set[Node]) -> str:
    """Return the letter that a node is called by, or nothing where a person would not name it."""
    if is_activation(node) and (node.args[0].args or node.op.name == "softmax"):
        if any(u.op.name == "contract" for u in users):
            return "p" if node.op.name == "softmax" else "h"
        alone = len(users) == 1 and users[0].name is not None
        probability = node.op.name in ("softmax", "sigmoid")
        return "" if alone else "p" if probability else "h"
    if _is_trivial(node):
        return ""
    user = _activation_of(node, users)
    if user is not None:
        known = user.name is not None and user.op.name in _BY_OUTPUT
        return "" if known and not node.shape and _ways_in(node, carries) < 2 else "z"
    return "u" if len([u for u in users if u in carries]) > 1 and _is_large(node) else ""


def _activation_of(node: Node, users: list[Node]) -> Node | None:
    """Return the activation, or the loss, that takes a node as its first argument."""
    return next((u for u in users if _family(u) in _FAMILIES and u.args[0] is node), None)


def _ways_in(node: Node, carries: set[Node]) -> int:
    """Return how often the adjoint of a node is handed on: to names, to leaves, to activations."""
    count, stack = 0, [node]
    while stack:
        top = stack.pop()
        if top is not node and (top.name is not None or not top.args or is_activation(top)):
            count += 1
        else:
            stack += [a for a in top.args if a in carries]
    return count


def _family(node: Node) -> str:
    return node.op.forward.__module__.rpartition(".")[2]


def is_activation(node: Node) -> bool:
    """Say whether a node is an activation, or a softmax: what a layer hands on."""
    return (_family(node) == "activation" and not node.op.name.startswith("log")) or node.op.name == "softmax"


def _is_trivial(node: Node) -> bool:
    """Say whether a node is a leaf but for a sign, a factor, or where its entries stand."""
    while node.op.name in TRIVIAL:
        node = node.args[0]
    if node.op.name in ("mul", "div"):
        return all(not a.args for a in node.args) and any(a.op.name == "constant" for a in node.args)
    return not node.args


def _is_large(node: Node) -> bool:
    """Say whether a node that is used twice is more than a term or two."""
    inside = [n for n in inline(node) if n.args and n.name is None]
    return len(inside) > 2 or any(n.op.name == "contract" for n in inside)


def _numbered(chosen: dict[Node, str], users: dict[Node, list[Node]], names: Names) -> dict[Node, str]:
    """Return names, numbered where a letter is used several times; z and the h made of it share a number."""
    counts: dict[str, int] = {}
    for letter in chosen.values():
        counts[letter] = counts.get(letter, 0) + 1
    given: dict[Node, str] = {}
    suffixes: dict[Node, str] = {}
    seen: dict[str, int] = {}
    for node, letter in chosen.items():
        seen[letter] = seen.get(letter, 0) + 1
        several = counts[letter] > 1
        suffix = str(seen[letter]) if several else ""
        if letter == "z":
            suffix = _suffix_of(_activation_of(node, users[node]), users) or suffix
        elif several and node.args[0] in suffixes:
            suffix = suffixes[node.args[0]]
        suffixes[node] = suffix
        given[node] = names.fresh(letter.upper() if node.ndim == 2 else letter, suffix)
    return given


def _suffix_of(activation: Node | None, users: dict[Node, list[Node]]) -> str:
    """Return what numbers an activation that has a name, or the only name that is made of it."""
    while activation is not None and activation.name is None:
        above = users.get(activation, [])
        activation = above[0] if len(above) == 1 else None
    return _suffix(activation.name) if activation is not None and isinstance(activation.name, str) else ""


def _suffix(name: str) -> str:
    """Return what numbers a name: 1 of h1 and h_1, t of h_t."""
    match = re.fullmatch(r"[A-Za-z]+?(?:(\d+)|_(\w+))", name)
    return (match[1] or match[2]) if match else ""


def _named(order: Sequence[Node], given: dict[Node, str]) -> dict[Node, Node]:
    new: dict[Node, Node] = {}
    for node in order:
        made = on(node, [new[a] for a in node.args])
        new[node] = named(made, given[node]) if node in given else made
    return new


def on(node: Node, args: Sequence[Node]) -> Node:
    """Return the same operation under the same name on other arguments."""
    if tuple(args) == node.args:
        return node
    made = apply(node.op, *args, **dict(node.attrs))
    return made if node.name is None else named(made, node.name)
