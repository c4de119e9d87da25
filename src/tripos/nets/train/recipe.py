"""A recipe: a model, its loss, and how it is trained; made for data, by us or by a file of the user's own."""

from __future__ import annotations

import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from ...graph import GraphError
from ..module import Module
from ..optim.first_order import SGD, Adagrad, Adam, AdamW, RMSprop
from ..optim.optimizer import Optimizer
from .data import Data
from .fitting import fit
from .problem import Player
from .run import Run


class RecipeError(RuntimeError):
    """A recipe that is not there, or that fails; the message says where."""


@dataclass(frozen=True)
class Recipe:
    """A model, its loss, and how it is trained; ``settings`` are further arguments of ``fit``.

    Where the data has fewer rows than ``batch_size``, all rows are one batch.  A loss that is a function may
    take fewer columns than the data has: ``lambda w, x: vae.loss(x, weights=w)`` leaves targets alone.
    """

    model: Module
    loss: Any
    optimizer: Optimizer | None = None
    epochs: int = 20
    batch_size: int = 32
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, train: Data, dev: Data | None = None, **overrides: Any) -> Run:
        """Train the model and return the run; ``overrides`` are arguments of ``fit`` that differ."""
        told: dict[str, Any] = {
            "optimizer": self.optimizer,
            "epochs": self.epochs,
            "batch_size": min(self.batch_size, len(train)),
            **self.settings,
        }
        loss = _reading(self.loss, list(train.columns))
        return fit(self.model, loss, train, **(told | {"dev": dev} | overrides))


Maker = Callable[[Data], Recipe]
"""Makes a recipe for training rows, from which it reads shapes and classes."""


def _reading(loss: Any, columns: Sequence[str]) -> Any:
    """Return a loss that is given all columns and passes on as many as the one of a recipe takes."""
    if isinstance(loss, Sequence):
        return [replace(p, loss=_reading(p.loss, columns)) if isinstance(p, Player) else p for p in loss]
    if isinstance(loss, Module) or not callable(loss):
        return loss
    try:
        parameters = inspect.signature(loss).parameters.values()
    except (TypeError, ValueError):  # something built in, which does not say
        return loss
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return loss
    taken = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = sum(p.default is p.empty for p in taken)
    if len(taken) < 2 or needed > len(columns) + 1:
        names = ", ".join(p.name for p in taken)
        raise RecipeError(
            f"the loss takes ({names}), but a row has the columns {', '.join(columns)}; a loss takes the "
            "weights and then as many columns as it needs, in their order"
        )
    count = len(taken) - 1
    return lambda w, *row: loss(w, *row[:count])


# -- optimizers ------------------------------------------------------------------------------------

OPTIMIZERS: Mapping[str, Optimizer] = {
    "sgd": SGD(lr=0.1),
    "momentum": SGD(lr=0.05, momentum=0.9),
    "nesterov": SGD(lr=0.05, momentum=0.9, nesterov=True),
    "adagrad": Adagrad(lr=0.02),
    "rmsprop": RMSprop(lr=0.001),
    "adam": Adam(lr=0.001),
    "adamw": AdamW(lr=0.001),
}
"""Optimizers by name, each with a step size to begin with."""


def chosen(recipe: Recipe, name: str | None, lr: float | None) -> Recipe:
    """Return a recipe with another optimizer, by its name, or with another step size."""
    if name is None and lr is None:
        return recipe
    if not callable(recipe.loss):
        raise RecipeError("each player of this recipe has an optimizer of its own; change it in the recipe")
    if name is not None and name not in OPTIMIZERS:
        raise RecipeError(f"no optimizer is called {name!r}; there are {', '.join(OPTIMIZERS)}")
    if lr is not None and not 0 < lr < float("inf"):
        raise RecipeError(f"the step size must be above 0, found {lr}")
    optimizer: Any = OPTIMIZERS[name] if name is not None else optimizers_of(recipe)[0]
    return replace(recipe, optimizer=optimizer if lr is None else replace(optimizer, lr=lr))


def optimizers_of(recipe: Recipe) -> list[Optimizer]:
    """Return the optimizer of each player, or the one that there is."""
    if callable(recipe.loss):
        return [recipe.optimizer or Adam()]
    return [player.optimizer for player in recipe.loss]


# -- files of the user's own -----------------------------------------------------------------------


def read_recipe(path: Path) -> Maker:
    """Return the function ``recipe`` that a Python file defines, made to tell its faults by file and line.

    Raises RecipeError where the file cannot be read or run, or defines no such function.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise RecipeError(f"{path}: cannot read the recipe: {error.strerror}") from None
    try:
        code = compile(source, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte, before Python 3.11.4
        line = getattr(error, "lineno", None) or 1
        raise RecipeError(
            f"{path}:{line}: this is not Python: {getattr(error, 'msg', None) or error}"
        ) from None
    module = ModuleType("recipe_of_a_user")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    with running(path):
        exec(code, module.__dict__)
    make = getattr(module, "recipe", None)
    if not callable(make):
        raise RecipeError(
            f"{path}: it defines no function `recipe`; expected: "
            "def recipe(data): ... return Recipe(model, loss)"
        )
    line = _line_of(make)
    try:
        inspect.signature(make).bind(None)
    except (TypeError, ValueError):
        raise RecipeError(f"{path}:{line}: `recipe` takes one argument, the training data") from None

    def made(data: Data) -> Recipe:
        with running(path):
            found = make(data)
        if not isinstance(found, Recipe):
            raise RecipeError(
                f"{path}:{line}: `recipe` returned {_shown(found)}, where Recipe(model, loss) was expected"
            )
        return found

    return made


@contextmanager
def running(path: Path) -> Iterator[None]:
    """Let a file run: it may import what lies beside it, and its faults become RecipeError with their line.

    Errors that do not pass through the file are left as they are.
    """
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    except (Exception, SystemExit) as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        if not frames and not _MISCALLED.search(str(error)):
            raise
        if not frames:
            raise RecipeError(f"{path}: a function of this recipe is called otherwise: {error}") from error
        said = str(error) if isinstance(error, GraphError) else f"{type(error).__name__}: {error}"
        raise RecipeError(f"{path}:{frames[-1].lineno}: {said.rstrip(': ')}") from error
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


_MISCALLED = re.compile(r"\(\) (takes|missing|got an unexpected)")


def _line_of(function: Any) -> int:
    code = getattr(function, "__code__", None)
    return int(code.co_firstlineno) if code is not None else 1


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__}"
