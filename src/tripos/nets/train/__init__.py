"""Training: the definitions that are explained and evaluated exactly, fitted to data.

``data`` holds rows; ``problem`` builds the graphs of a loss and of a step; ``jax_engine`` and
``numpy_engine`` run an epoch of them, compiled or not; ``fitting`` has ``fit``, and ``loop`` the epochs.
``full_batch`` trains on all rows at once, and ``decoding`` lets a trained model read its own outputs.
``datasets``, ``files`` and ``tasks`` are where rows come from; ``recipe`` and ``built_in`` say how a model is
trained.

>>> from tripos import nets
>>> from tripos.nets.train import Data, fit
>>> rows = Data({"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "t": [0, 1, 1, 1]})
>>> run = fit(nets.Linear(2, 2), nets.CrossEntropyLoss(), rows, nets.SGD(lr=1),
...           epochs=50, batch_size=4, backend="numpy", progress=False)
>>> [int(row.argmax()) for row in run.predict(rows.columns["x"])]
[0, 1, 1, 1]
"""

from .checkpoint import CheckpointError, load_weights
from .data import Data, DataError
from .datasets import Splits, load
from .decoding import free_running
from .fitting import fit
from .full_batch import fit_full
from .history import History
from .problem import Player
from .recipe import Recipe, RecipeError
from .run import Diverged, Moment, Run
from .tasks import adding, copying, reversal, sorting

__all__ = [
    "CheckpointError",
    "Data",
    "DataError",
    "Diverged",
    "History",
    "Moment",
    "Player",
    "Recipe",
    "RecipeError",
    "Run",
    "Splits",
    "adding",
    "copying",
    "fit",
    "fit_full",
    "free_running",
    "load",
    "load_weights",
    "reversal",
    "sorting",
]
