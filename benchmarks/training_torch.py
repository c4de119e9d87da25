"""The networks of benchmarks/training.py in eager PyTorch, run by it in an interpreter that has torch.

Reads lines of JSON {"network": NAME, "steps": n} and answers each with the seconds of n training steps: a
batch is picked from the data, and the loss, its gradients and Adam follow, as PyTorch's tutorials write it.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import torch
from torch import nn

BATCH, ROWS, CLASSES = 64, 1792, 10


class Reader(nn.Module):
    """An LSTM that reads a sequence, and a readout of its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.readout = nn.LSTM(16, 64, batch_first=True), nn.Linear(64, CLASSES)

    def forward(self, x: Any) -> Any:
        """Return logits."""
        return self.readout(self.lstm(x)[0][:, -1])


class Classifier(nn.Module):
    """Two layers of a transformer's encoder, the mean over tokens, and a readout."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 128, dropout=0.0, batch_first=True)
        self.encoder, self.readout = nn.TransformerEncoder(layer, 2), nn.Linear(32, CLASSES)

    def forward(self, x: Any) -> Any:
        """Return logits."""
        return self.readout(self.encoder(x).mean(1))


class VAE(nn.Module):
    """A variational auto-encoder 64-64-8-64-64 of bits, whose output is its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
        self.decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64))

    def forward(self, x: Any) -> Any:
        """Return −ELBO."""
        mu, s = self.encoder(x).chunk(2, -1)
        a = self.decoder(mu + (s / 2).exp() * torch.randn_like(mu))
        fit = nn.functional.binary_cross_entropy_with_logits(a, x, reduction="none").sum(-1)
        return (fit + (s.exp() + mu * mu - 1 - s).sum(-1) / 2).mean()


NETWORKS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "MLP": (lambda: nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, CLASSES)), (64,)),
    "CNN": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(144, CLASSES)
        ),
        (1, 8, 8),
    ),
    "LSTM": (Reader, (50, 16)),
    "transformer": (Classifier, (16, 32)),
    "VAE": (VAE, (64,)),
}


def training(name: str) -> Any:
    """Return a function that takes a step on a batch of rows."""
    torch.manual_seed(0)
    build, shape = NETWORKS[name]
    model = build()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, t = torch.rand(ROWS, *shape), torch.randint(0, CLASSES, (ROWS,))

    def step(which: Any) -> None:
        optimizer.zero_grad()
        out = model(x[which])
        loss = out if out.ndim == 0 else nn.functional.cross_entropy(out, t[which])
        loss.backward()
        optimizer.step()

    return step


def main() -> None:
    """Answer until there are no more questions."""
    made: dict[str, Any] = {}
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        name = asked["network"]
        step = made[name] = made.get(name) or training(name)
        found = []
        for _ in range(asked["steps"]):
            begin = time.perf_counter()
            step(torch.randint(0, ROWS, (BATCH,)))
            found.append(time.perf_counter() - begin)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
