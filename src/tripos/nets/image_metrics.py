"""Metrics of detectors and of segmentation: intersection over union (Jaccard, 1912)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import GraphError, Node, constant, exact, lift, maximum, minimum, named
from ..graph.node import Literal, free_symbols, is_literal, show_shape
from ..graph.spaces import exact as exact_space
from .metrics import fraction, known


def box_iou(box1: Literal, box2: Literal) -> Node:
    """Return intersection over union of two boxes (x1, y1, x2, y2) with x1 < x2 and y1 < y2.

    The nodes of intersection and union are named I and U, so that both are lines of working.
    """
    a, b = lift(box1), lift(box2)
    for box in (a, b):
        if box.shape != (4,):
            raise GraphError(f"box_iou: a box is (x1, y1, x2, y2), found shape {show_shape(box.shape)}")
        if not free_symbols(box):
            x1, y1, x2, y2 = exact(box)
            if exact_space.sign(x2 - x1) <= 0 or exact_space.sign(y2 - y1) <= 0:
                raise GraphError(f"box_iou: a box has x1 < x2 and y1 < y2, found ({x1}, {y1}, {x2}, {y2})")
    (left, top, right, bottom), (left2, top2, right2, bottom2) = _corners(a), _corners(b)
    width = minimum(right, right2) - maximum(left, left2)
    height = minimum(bottom, bottom2) - maximum(top, top2)
    intersection = named(maximum(0, width) * maximum(0, height), "I")
    areas = (right - left) * (bottom - top) + (right2 - left2) * (bottom2 - top2)
    return intersection / named(areas - intersection, "U")


def _corners(box: Node) -> list[Node]:
    """Return x1, y1, x2 and y2; those of a box without a name are plain numbers."""
    return [constant(value) for value in dict(box.attrs)["value"]] if is_literal(box) else list(box)


def mask_iou(y_true: Any, y_pred: Any) -> Node:
    """Return intersection over union of two masks of one shape, with entries 0 and 1."""
    masks = []
    for mask in (y_true, y_pred):
        array = np.asarray(known("mask_iou", mask), dtype=object)
        entries = [fraction("mask_iou", entry) for entry in array.ravel()]
        if not set(entries) <= {0, 1}:
            raise GraphError("mask_iou: the entries of a mask are 0 and 1")
        masks.append((array.shape, entries))
    (shape, one), (other, two) = masks
    if shape != other:
        raise GraphError(f"mask_iou: masks of shapes {show_shape(shape)} and {show_shape(other)}")
    both = sum(int(p and q) for p, q in zip(one, two, strict=True))
    either = sum(int(p or q) for p, q in zip(one, two, strict=True))
    if not either:
        raise GraphError("mask_iou: 0/0, both masks are empty")
    return constant(both) / constant(either)
