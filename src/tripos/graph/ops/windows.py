"""Windows that slide along the last axes: how many fit, what they read, and how people say it.

Along each axis a window has a size k, a stride s, a padding before and after, and a dilation d, the
distance between the entries that it reads: it spans d(k − 1) + 1 entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from ..node import Dim, Node, Shape, as_dim, show_dim
from ..notation import Piece, write
from ..op import Array, GraphError
from ..sizes import known_size
from .elementwise import floor

Padding = tuple[tuple[Dim, Dim], ...]
"""The padding before and after, for each axis."""

WORDS = ("valid", "same", "full")
"""Paddings by name: none; as many results as entries (at stride 1); every overlap however small."""


# -- what people write ---------------------------------------------------------------------------


def per_axis(value: Any, axes: int, what: str, name: str, least: int = 1) -> tuple[Dim, ...]:
    """Return a size, a stride or a dilation for each axis, from one for all or a tuple of one for each.

    Each is an integer, ``least`` or more, or a node without a known value.
    """
    given = tuple(value) if isinstance(value, (list, tuple)) else (value,) * axes
    found = tuple(known_size(v) for v in given)
    if len(found) != axes or not all(_is_size(v, least) for v in found):
        several = f", or {axes} of them, one for each axis" if isinstance(value, (list, tuple)) else ""
        wanted = "a positive integer" if least else "0 or more"
        raise GraphError(f"{what}: the {name} must be {wanted}{several}, found {value!r}")
    return found


def padding_per_axis(value: Any, axes: int, what: str) -> Padding:
    """Return the padding before and after for each axis, from p, (p, p') by axis or ((b, a), ...) by side."""
    given = tuple(value) if isinstance(value, (list, tuple)) else (value,) * axes
    pairs = [tuple(p) if isinstance(p, (list, tuple)) else (p, p) for p in given]
    found = tuple(tuple(known_size(p) for p in pair) for pair in pairs)
    if len(found) != axes or not all(len(p) == 2 and all(_is_size(v, 0) for v in p) for p in found):
        raise GraphError(
            f"{what}: the padding must be 0 or more, found {value!r}; it is one number, one for each axis "
            f"such as {(1,) * axes}, or one for each side such as {((0, 1),) * axes}"
        )
    return tuple((before, after) for before, after in found)


def padding_by_name(
    word: str, image: Shape, kernel: Shape, stride: Shape, dilation: Shape, what: str
) -> Padding:
    """Return the padding that "valid", "same" or "full" stands for.

    "same" gives ⌈n/s⌉ results, with the extra entry after, as in TensorFlow and PyTorch.
    """
    if word not in WORDS:
        raise GraphError(f"{what}: no padding {word!r}; there are {', '.join(WORDS)}, and numbers")
    found = []
    for n, k, s, d in zip(image, kernel, stride, dilation, strict=True):
        total = as_dim(d * (k - 1))
        if word == "valid":
            total = 0
        elif word == "same" and s != 1:
            if not all(isinstance(v, int) for v in (n, s, total)):
                raise GraphError(f"{what}: with a stride, the padding 'same' needs sizes that are numbers")
            total = max((-(-n // s) - 1) * s + total + 1 - n, 0)
        half = total // 2 if isinstance(total, int) else floor(total / 2)
        found.append((total, total) if word == "full" else (as_dim(half), as_dim(total - half)))
    return tuple(found)


def _is_size(value: Any, least: int) -> bool:
    return isinstance(value, Node) or (isinstance(value, int) and value >= least)


# -- how many, and where -------------------------------------------------------------------------


def extent(k: Dim, dilation: Dim) -> Dim:
    """Return how many entries a window spans: d(k − 1) + 1."""
    return as_dim(dilation * (k - 1) + 1)


def window_count(n: Dim, k: Dim, stride: Dim, padding: tuple[Dim, Dim], dilation: Dim, what: str) -> Dim:
    """Return how many windows of size ``k`` fit along an axis: ⌊(n + 2p − d(k − 1) − 1)/s⌋ + 1."""
    span = as_dim(n + padding[0] + padding[1] - extent(k, dilation))
    if isinstance(span, int) and span < 0:
        before, after = (show_dim(p) for p in padding)
        spread = f" (dilated to {show_dim(extent(k, dilation))})" if dilation != 1 else ""
        raise GraphError(
            f"{what}: a window of {show_dim(k)}{spread} does not fit an axis of {show_dim(n)} with padding "
            f"{before if before == after else f'{before} and {after}'}; "
            "enlarge the padding or shrink the window"
        )
    if isinstance(span, int) and isinstance(stride, int):
        return span // stride + 1
    return as_dim((span if stride == 1 else floor(span / stride)) + 1)


def windows_of(
    image: Shape, kernel: Shape, stride: Shape, padding: Padding, dilation: Shape, what: str
) -> Shape:
    """Return how many windows fit along each axis."""
    return tuple(
        window_count(*along, what) for along in zip(image, kernel, stride, padding, dilation, strict=True)
    )


def known(sizes: Shape) -> Shape:
    """Return sizes that are numbers; raise GraphError for symbols, which no array can have."""
    for n in sizes:
        if isinstance(n, Node):
            raise GraphError(f"windows slide only over sizes that are numbers, found {show_dim(n)}")
    return sizes


@lru_cache(1000)
def taps(
    kernel: Shape, out: Shape, stride: Shape, dilation: Shape
) -> tuple[tuple[tuple[int, ...], tuple[Any, ...]], ...]:
    """Return each position in a window with the slice of the padded image that it reads in all windows."""
    known((*kernel, *out, *stride, *dilation))
    found: list[tuple[tuple[int, ...], tuple[Any, ...]]] = [((), (...,))]
    for k, count, s, d in zip(kernel, out, stride, dilation, strict=True):
        steps = [slice(d * a, d * a + s * (count - 1) + 1, s) for a in range(k)]
        found = [((*tap, a), (*at, step)) for tap, at in found for a, step in enumerate(steps)]
    return tuple(found)


def every(*steps: int) -> Any:
    """Return the index of every s-th entry along each of the last axes; −1 reverses one."""
    return (..., *(slice(None, None, step) for step in steps))


def padded(xp: Any, x: Array, padding: Padding) -> Array:
    """Return ``x`` with zeros around its last axes."""
    return xp.pad(x, padding) if any(map(any, padding)) else x


def forgotten(build: Callable[..., Node], **usual: Any) -> Callable[..., Node]:
    """Return the slip of leaving out a setting; where it is the usual one, that cannot happen."""

    def slip(*args: Node, **attrs: Any) -> Node:
        if all(attrs[name] == value for name, value in usual.items()):
            raise GraphError(f"nothing to forget: {', '.join(usual)} is as usual")
        return build(*args, **(attrs | usual))

    return slip


def cropped(x: Array, padding: Padding, size: Shape) -> Array:
    """Return what is left of a padded image of ``size`` without its padding."""
    return x[(..., *(slice(p[0], p[0] + n) for p, n in zip(padding, size, strict=True)))]


# -- how it is written ---------------------------------------------------------------------------


def side_by_side(dims: Iterable[Any]) -> Piece:
    """Write settings by axis: 2 where all are alike, else 2×1; a padding before and after as 0+1."""
    pieces = [_one_axis(dim) for dim in dims]
    if len(set(pieces)) == 1:
        return pieces[0]
    return Piece("×".join(p.text for p in pieces), r"\times ".join(p.latex for p in pieces))


def _one_axis(dim: Any) -> Piece:
    if not isinstance(dim, tuple):
        return write(dim) if isinstance(dim, Node) else Piece(str(dim), str(dim))
    before, after = (_one_axis(d) for d in dim)
    return (
        before if before == after else Piece(f"{before.text}+{after.text}", f"{before.latex}+{after.latex}")
    )


def marks(**settings: Any) -> Piece:
    """Write what is set: ``s=2,p=1``; a setting of None is left out."""
    pieces = {name: side_by_side(value) for name, value in settings.items() if value is not None}
    return Piece(
        ",".join(f"{name}={p.text}" for name, p in pieces.items()),
        ",".join(f"{name}={p.latex}" for name, p in pieces.items()),
    )


def unless(value: tuple[Any, ...], usual: Any) -> tuple[Any, ...] | None:
    """Return settings by axis, or None where each is as usual."""
    return None if all(v == usual for v in value) else value
