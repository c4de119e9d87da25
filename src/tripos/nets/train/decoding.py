"""Free-running decoding: a trained model reads its own outputs, whole batches at once.

In training the decoder reads the true outputs so far (teacher forcing); here there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...graph import GraphError, Node
from ...graph.node import show_shape
from ..module import Module
from ..seq2seq import _EncoderDecoder
from .data import Data, DataError
from .engine import Engine, engine_of
from .evaluation import ROWS, Predict
from .problem import Problem, symbol_of

Tokens = NDArray[np.int64]
Decoder = Callable[[NDArray[np.float64]], Tokens]


def free_running(
    model: Module,
    weights: Mapping[str, Any],
    x: Any,
    steps: int,
    start: int,
    *,
    width: int | None = None,
    predict: Predict | None = None,
    backend: str = "auto",
) -> Tokens:
    """Return the tokens that a model writes for inputs ``x``, n×steps, the most probable one each time.

    ``x`` has a row for each example, and ``start`` is the token that stands before the first.

    A ``Seq2Seq`` or ``AttentionSeq2Seq`` takes one step after another, and reads tokens as one-hot vectors.
    Any other model, such as one around a ``Transformer``, maps inputs and the tokens before each step to
    logits steps×classes, where none depends on later tokens: ``model(x, y)``, or ``predict(w, x, y)``.  It
    reads tokens as numbers, or as one-hot rows of a ``width``, and runs once for each step.
    """
    if not isinstance(model, Module):
        raise GraphError(f"free_running: expected a model, found {model!r}")
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise GraphError(f"free_running: steps must be a whole number of 1 or more, found {steps!r}")
    rows: NDArray[np.float64] = Data({"x": x}, name="free_running").columns["x"]
    missing = [path for path in model.state() if path not in weights]
    if missing:
        raise GraphError(f"free_running: the weight {missing[0]} is not given; take those of a run")
    engine = engine_of(Problem({}, (), (), (), (), (), {}, None), backend)
    stepwise = isinstance(model, _EncoderDecoder) and predict is None
    size = model.output_size if isinstance(model, _EncoderDecoder) and stepwise else width
    if not isinstance(start, (int, np.integer)) or start < 0 or (size is not None and start >= size):
        most = "" if size is None else f" and less than {size}, the width of what is read"
        raise DataError(f"free_running: start is a token, 0 or more{most}; found {start!r}")
    known = _Known(model, weights, engine)
    if isinstance(model, _EncoderDecoder) and stepwise:
        decode = _step_by_step(model, known, rows.shape[1:], steps, int(start))
    else:
        decode = _again_and_again(model, known, rows.shape[1:], steps, int(start), width, predict)
    return np.concatenate([decode(rows[i : i + ROWS]) for i in range(0, len(rows), ROWS)])


class _Known:
    """The weights of a model, and functions that an engine makes of graphs in them."""

    def __init__(self, model: Module, weights: Mapping[str, Any], engine: Engine):
        self.symbols, self.engine = model.symbols(), engine
        self.values = [np.asarray(weights[path]) for path in self.symbols]

    def function(self, outputs: list[Node], inputs: list[Node]) -> Callable[..., Any]:
        """Return a function from values of the inputs to those of the outputs."""
        run = self.engine.evaluator(outputs, [*self.symbols.values(), *inputs])
        return lambda *values: run(*self.values, *values)


def _step_by_step(
    model: _EncoderDecoder, known: _Known, shape: tuple[int, ...], steps: int, start: int
) -> Decoder:
    """Return a decoder that encodes once, and then takes steps of one token."""
    w = model.bound(known.symbols)
    x = symbol_of("x", shape)
    memory, state = model.encode(w, x)
    encode = known.function([memory, state], [x])
    held = symbol_of("memory", memory.shape), symbol_of("state", state.shape)
    y = symbol_of("y", (model.output_size,))
    advance = known.function([*model.decode(*held, y, weights=w)], [*held, y])
    letters = np.eye(model.output_size)

    def decode(rows: NDArray[np.float64]) -> Tokens:
        memory, state = encode(rows)
        token = np.full(len(rows), start)
        found = []
        for _ in range(steps):
            logits, state = advance(memory, state, letters[token])
            token = np.asarray(logits).argmax(axis=-1)
            found.append(token)
        return np.stack(found, axis=1)

    return decode


def _again_and_again(
    model: Module,
    known: _Known,
    shape: tuple[int, ...],
    steps: int,
    start: int,
    width: int | None,
    predict: Predict | None,
) -> Decoder:
    """Return a decoder that reads all tokens so far anew at every step."""
    w = model.bound(known.symbols)
    x, y = symbol_of("x", shape), symbol_of("y", (steps,) if width is None else (steps, width))
    output = predict(w, x, y) if predict is not None else model(x, y, weights=w)
    if output.ndim != 2 or output.shape[0] != steps:
        raise GraphError(
            f"free_running: expected logits of shape {steps}×classes, found {show_shape(output.shape)}"
        )
    if width is not None and isinstance(output.shape[1], int) and output.shape[1] > width:
        raise GraphError(
            f"free_running: the model writes {output.shape[1]} classes but reads rows of width {width}; "
            "what is written must be read"
        )
    run = known.function([output], [x, y])

    def decode(rows: NDArray[np.float64]) -> Tokens:
        before = np.full((len(rows), steps + 1), start)
        for t in range(steps):
            read = before[:, :-1].astype(float) if width is None else np.eye(width)[before[:, :-1]]
            (logits,) = run(rows, read)
            before[:, t + 1] = np.asarray(logits)[:, t].argmax(axis=-1)
        return before[:, 1:]

    return decode
