"""Networks that everyone knows, built from layers under PyTorch's names, and what they cost.

No weight is made: shapes, parameters, operations, memory and receptive fields follow from the layers.

python examples/known_networks.py
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tripos.graph import Node, size, tanh, write
from tripos.nets import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LayerNorm,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Sequential,
    Tanh,
    TransformerEncoder,
    TransformerEncoderLayer,
    sizes,
)
from tripos.nets.module import Weights
from tripos.press.sizes import table


def lenet5() -> Sequential:
    """Return LeNet-5 as it is built today, for digits of 28×28 (LeCun et al., 1998)."""
    return Sequential(
        Conv2d(1, 6, 5, padding=2), Tanh(), AvgPool2d(2),
        Conv2d(6, 16, 5), Tanh(), AvgPool2d(2),
        Flatten(1), Linear(400, 120), Tanh(), Linear(120, 84), Tanh(), Linear(84, 10),
    )  # fmt: skip


def alexnet() -> Sequential:
    """Return AlexNet for images of 224×224 (Krizhevsky, 2014: one tower)."""
    return Sequential(
        Conv2d(3, 64, 11, stride=4, padding=2), ReLU(), MaxPool2d(3, 2),
        Conv2d(64, 192, 5, padding=2), ReLU(), MaxPool2d(3, 2),
        Conv2d(192, 384, 3, padding=1), ReLU(),
        Conv2d(384, 256, 3, padding=1), ReLU(),
        Conv2d(256, 256, 3, padding=1), ReLU(), MaxPool2d(3, 2),
        Flatten(1), Dropout(), Linear(256 * 6 * 6, 4096), ReLU(),
        Dropout(), Linear(4096, 4096), ReLU(), Linear(4096, 1000),
    )  # fmt: skip


def vgg16() -> Sequential:
    """Return VGG-16 (Simonyan and Zisserman, 2015): windows of 3×3 only."""

    def blocks() -> Iterator[Module]:
        before = 3
        for channels, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(depth):
                yield from (Conv2d(before, channels, 3, padding=1), ReLU())
                before = channels
            yield MaxPool2d(2)

    return Sequential(
        *blocks(), Flatten(1),
        Linear(512 * 7 * 7, 4096), ReLU(), Dropout(),
        Linear(4096, 4096), ReLU(), Dropout(), Linear(4096, 1000),
    )  # fmt: skip


@dataclass(frozen=True)
class BasicBlock(Module):
    """Two convolutions beside a shortcut, which is a convolution of 1×1 where the shape changes."""

    before: int
    channels: int
    stride: int = 1

    def children(self) -> dict[str, Module]:
        """Return the layers under torchvision's names."""
        change = Sequential(
            Conv2d(self.before, self.channels, 1, self.stride, bias=False), BatchNorm2d(self.channels)
        )
        return {
            "conv1": Conv2d(self.before, self.channels, 3, self.stride, padding=1, bias=False),
            "bn1": BatchNorm2d(self.channels),
            "relu": ReLU(),
            "conv2": Conv2d(self.channels, self.channels, 3, padding=1, bias=False),
            "bn2": BatchNorm2d(self.channels),
            "downsample": Identity() if (self.before, self.stride) == (self.channels, 1) else change,
        }

    def forward(self, w: Weights, x: Node) -> Node:
        """Return relu(F(x) + shortcut(x))."""
        parts, y = self.children(), x
        for name in ("conv1", "bn1", "relu", "conv2", "bn2"):
            y = parts[name](y, weights=w[name])
        y = y + parts["downsample"](x, weights=w["downsample"])
        return parts["relu"](y, weights=w["relu"])


def resnet18() -> Sequential:
    """Return ResNet-18 (He et al., 2016); batch norm wants a batch of images."""
    stages = ((64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2))
    return Sequential(
        Conv2d(3, 64, 7, stride=2, padding=3, bias=False), BatchNorm2d(64), ReLU(), MaxPool2d(3, 2, 1),
        *(Sequential(BasicBlock(a, b, s), BasicBlock(b, b)) for a, b, s in stages),
        AdaptiveAvgPool2d(1), Flatten(1), Linear(512, 1000),
    )  # fmt: skip


@dataclass(frozen=True)
class Bert(Module):
    """BERT-base without its heads for training (Devlin et al., 2019): its input is three rows of ids."""

    layers: int = 12
    width: int = 768
    heads: int = 12
    vocabulary: int = 30522
    positions: int = 512

    def children(self) -> dict[str, Module]:
        """Return the embeddings, the encoder and the pooler."""
        layer = TransformerEncoderLayer(self.width, self.heads, 4 * self.width, activation="gelu")
        return {
            "words": Embedding(self.vocabulary, self.width),
            "places": Embedding(self.positions, self.width),
            "segments": Embedding(2, self.width),
            "norm": LayerNorm(self.width),
            "encoder": TransformerEncoder(layer, self.layers),
            "pooler": Linear(self.width, self.width),
        }

    def forward(self, w: Weights, tokens: Node, places: Node, segments: Node) -> Node:
        """Return the vector of the first token, for ids of tokens, of places and of segments."""
        parts = self.children()
        inputs = {"words": tokens, "places": places, "segments": segments}
        words, where, which = (parts[name](ids, weights=w[name]) for name, ids in inputs.items())
        x = parts["norm"](words + where + which, weights=w["norm"])
        x = parts["encoder"](x, weights=w["encoder"])
        return tanh(parts["pooler"](x[0], weights=w["pooler"]))


IMAGE = (1, 3, 224, 224)

KNOWN = {
    "LeNet-5": (lenet5(), [(1, 1, 28, 28)]),
    "AlexNet": (alexnet(), [IMAGE]),
    "VGG-16": (vgg16(), [IMAGE]),
    "ResNet-18": (resnet18(), [IMAGE]),
    "BERT-base": (Bert(), [(512,), (512,), (512,)]),
}
"""The networks, each with the shapes of its inputs."""


def main() -> None:
    """Print what the networks cost, two of them in full, and one with sizes that are symbols."""
    print("The networks: parameters, multiply-accumulates, and entries kept for backpropagation\n")
    for name, (network, shapes) in KNOWN.items():
        whole = sizes(network, *shapes, depth=0)[0]
        print(f"    {name:10} {whole.parameters:>12,} {whole.macs:>15,} {whole.activations:>12,}")

    print("\n\nLeNet-5, layer by layer: behind the second pooling a unit sees 16×16 pixels\n")
    print(table(sizes(lenet5(), (1, 1, 28, 28))))

    print("\nResNet-18, stage by stage\n")
    print(table(sizes(resnet18(), IMAGE, depth=1)))

    d, n = size("d n")
    rows = sizes(TransformerEncoderLayer(d, 8, 4 * d), (n, d))
    print("\nA layer of a transformer of width d, for n tokens\n")
    print(table(rows))
    print(f"    parameters = {write(rows[0].parameters).text}, and MACs = {write(rows[0].macs).text}")


if __name__ == "__main__":
    main()
