from dataclasses import dataclass

import numpy as np
import pytest

from tripos import nets
from tripos.graph import GraphError, causal_mask, floats, onehot
from tripos.nets.train import DataError, fit, reversal
from tripos.nets.train.decoding import free_running

CLASSES = 4
X = np.eye(CLASSES)[np.random.default_rng(0).integers(0, CLASSES, (5, 3))]


def one_by_one(model, weights, x, steps, start):
    """Return the tokens for one example, each step a graph that is evaluated by itself."""
    w = model.bound(weights)
    memory, state = model.encode(w, x)
    found, token = [], start
    for _ in range(steps):
        logits, state = model.decode(memory, state, onehot(token, model.output_size), weights=w)
        token = int(floats(logits).argmax())
        found.append(token)
    return found


@dataclass(frozen=True)
class Sorter(nets.Module):
    """A transformer with embeddings of what it reads, and a readout; no output sees a later token."""

    classes: int
    width: int
    one_hot: bool = False

    def children(self):
        n, d = self.classes, self.width
        reads = nets.Linear(n + 1, d, bias=False) if self.one_hot else nets.Embedding(n + 1, d)
        core = nets.Transformer(d, 2, 1, 1, 8, dropout=0.1)
        return {"reads": nets.Linear(n, d), "writes": reads, "core": core, "readout": nets.Linear(d, n)}

    def forward(self, w, x, y):
        parts = self.children()
        source, target = parts["reads"](x, weights=w["reads"]), parts["writes"](y, weights=w["writes"])
        mask = causal_mask(y.shape[0])
        out = parts["core"](source, target, None, mask, weights=w["core"])
        return parts["readout"](out, weights=w["readout"])


def lively(model, seed):
    """Return weights so large that no token is much likelier than another whatever was read."""
    rng = np.random.default_rng(seed)
    return {
        path: rng.normal(0, 0.0 if "bias" in path else 3.0, shape) for path, shape in model.state().items()
    }


@pytest.mark.parametrize(
    ("model", "backend"),
    [
        (nets.Seq2Seq(CLASSES, CLASSES + 1, 6, CLASSES), "numpy"),
        (nets.Seq2Seq(CLASSES, CLASSES + 1, 6, CLASSES, cell="LSTM"), "numpy"),
        (nets.AttentionSeq2Seq(CLASSES, CLASSES + 1, 6, CLASSES), "numpy"),
        (nets.AttentionSeq2Seq(CLASSES, CLASSES + 1, 6, CLASSES), "jax"),
    ],
)
def test_a_batch_is_decoded_as_each_example_is(model, backend):
    weights = lively(model, 1)
    found = free_running(model, weights, X, 6, CLASSES, backend=backend)
    assert found.tolist() == [one_by_one(model, weights, x, 6, CLASSES) for x in X]
    assert len(np.unique(found)) > 1


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_transformer_reads_what_it_has_written(one_hot):
    model = Sorter(CLASSES, 4, one_hot)
    weights = lively(model, 2)
    width = CLASSES + 1 if one_hot else None
    found = free_running(model, weights, X, 4, CLASSES, width=width, backend="numpy")
    for x, tokens in zip(X, found, strict=True):
        before = [CLASSES]
        for token in tokens:
            y = np.eye(CLASSES + 1)[before] if one_hot else np.array(before)
            assert floats(model(x, y, weights=weights))[-1].argmax() == token
            before.append(int(token))
    said = free_running(
        model, weights, X, 4, CLASSES, width=width, predict=lambda w, x, y: -model(x, y, weights=w),
        backend="numpy",
    )  # fmt: skip
    assert not np.array_equal(said, found)


def test_what_was_learnt_with_teacher_forcing_runs_free():
    data = reversal(300, length=2, symbols=3, seed=0)
    model = nets.AttentionSeq2Seq(3, 4, 12, 3)
    run = fit(model, nets.CrossEntropyLoss(), data, nets.Adam(lr=0.02), epochs=12, batch_size=20,
              backend="numpy", progress=False)  # fmt: skip
    found = free_running(model, run.weights, data.columns["x"][:50], 2, 3, backend="numpy")
    assert np.mean(found == data.columns["t"][:50]) > 0.95


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"steps": 0}, GraphError, "steps must be a whole number of 1 or more, found 0"),
        ({"start": 9}, DataError, "start is a token, 0 or more and less than 5, the width of what is read"),
        ({"weights": {}}, GraphError, "is not given; take those of a run"),
        ({"x": X * np.nan}, DataError, "row 0 of x holds nan"),
        ({"x": X[:, :, :2]}, GraphError, "2"),
        ({"model": "seq2seq"}, GraphError, "expected a model, found 'seq2seq'"),
        ({"backend": "cuda"}, GraphError, "no backend 'cuda'"),
        ({"predict": lambda w, x, y: x[0]}, GraphError, "expected logits of shape 2×classes, found 4"),
    ],
)
def test_faults_are_told(change, error, told):
    model = nets.Seq2Seq(CLASSES, CLASSES + 1, 6, CLASSES)
    given = {"model": model, "weights": nets.initialize(model, 0), "x": X, "steps": 2, "start": CLASSES}
    with pytest.raises(error) as found:
        free_running(**given | change)
    assert told in str(found.value)


def test_what_is_written_must_be_read():
    model = Sorter(CLASSES, 4, True)
    with pytest.raises(GraphError, match="writes 4 classes but reads rows of width 3"):
        free_running(
            model, nets.initialize(model, 2), X, 4, 0, width=3, predict=lambda w, x, y: y @ np.eye(3, 4)
        )
