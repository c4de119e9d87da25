"""The networks of examples/known_networks.py, against published numbers and counts by hand."""

import sys
import time
from pathlib import Path

import pytest

from tripos.graph import exact, size
from tripos.graph.node import show_shape
from tripos.nets.sizing import sizes
from tripos.press.sizes import table

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import known_networks as known

IMAGE = (1, 3, 224, 224)
INPUTS = {
    "lenet5": [(1, 1, 28, 28)],
    "alexnet": [IMAGE],
    "vgg16": [IMAGE],
    "resnet18": [IMAGE],
    "Bert": [(512,), (512,), (512,)],
}

# -- by hand: each function adds up (parameters, MACs) of what it lists --


def conv(places, before, channels, window, bias=1):
    """Return parameters and MACs of a convolution with a number of places to stand at."""
    weights = channels * before * window**2
    return weights + bias * channels, places * weights


def linear(before, after):
    return before * after + after, before * after


def norm(channels):
    return 2 * channels, 0


def added(*layers):
    return tuple(map(sum, zip(*layers, strict=True)))


def lenet5():
    return added(
        conv(28 * 28, 1, 6, 5),
        conv(10 * 10, 6, 16, 5),
        linear(16 * 5 * 5, 120),
        linear(120, 84),
        linear(84, 10),
    )


def alexnet():
    return added(
        conv(55 * 55, 3, 64, 11),
        conv(27 * 27, 64, 192, 5),
        conv(13 * 13, 192, 384, 3),
        conv(13 * 13, 384, 256, 3),
        conv(13 * 13, 256, 256, 3),
        linear(256 * 6 * 6, 4096),
        linear(4096, 4096),
        linear(4096, 1000),
    )


def vgg16():
    convolutions = [(224, 3, 64), (224, 64, 64), (112, 64, 128), (112, 128, 128), (56, 128, 256)]
    convolutions += [(56, 256, 256)] * 2 + [(28, 256, 512)] + [(28, 512, 512)] * 2 + [(14, 512, 512)] * 3
    layers = [conv(side**2, before, channels, 3) for side, before, channels in convolutions]
    return added(*layers, linear(512 * 49, 4096), linear(4096, 4096), linear(4096, 1000))


def resnet18():
    def stage(side, before, channels):
        first = [conv(side**2, before, channels, 3, 0)]
        others = [conv(side**2, channels, channels, 3, 0)] * 3
        shortcut = [conv(side**2, before, channels, 1, 0), norm(channels)] if before != channels else []
        return added(*first, *others, *shortcut, *[norm(channels)] * 4)

    stages = [stage(56, 64, 64), stage(28, 64, 128), stage(14, 128, 256), stage(7, 256, 512)]
    return added(conv(112**2, 3, 64, 7, 0), norm(64), *stages, linear(512, 1000))


def bert(n=512, d=768, layers=12):
    embeddings = (30522 + 512 + 2) * d, 0
    attention = 4 * (d * d + d), n * (4 * d * d) + 2 * n * n * d  # four projections; scores, and their use
    network = 2 * 4 * d * d + 4 * d + d, n * 2 * 4 * d * d
    encoder = [added(attention, network, norm(d), norm(d))] * layers
    return added(embeddings, norm(d), *encoder, linear(d, d))


@pytest.mark.parametrize(
    ("name", "by_hand", "parameters", "macs"),
    [
        ("lenet5", lenet5(), 61_706, 416_520),
        ("alexnet", alexnet(), 61_100_840, 714_188_480),  # as torchvision counts
        ("vgg16", vgg16(), 138_357_544, 15_470_264_320),
        ("resnet18", resnet18(), 11_689_512, 1_814_073_344),
        ("Bert", bert(), 109_482_240, 48_318_971_904),  # parameters as Hugging Face's BertModel
    ],
)
def test_parameters_and_macs(name, by_hand, parameters, macs):
    assert by_hand == (parameters, macs)  # the hand agrees with what is published
    start = time.perf_counter()
    rows = sizes(getattr(known, name)(), *INPUTS[name])
    shown = table(rows)
    assert time.perf_counter() - start < 2
    assert (rows[0].parameters, rows[0].macs) == (parameters, macs)
    assert f"{parameters:,}" in shown


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("alexnet", ["11 4", "19 8", "51 8", "67 16", "99 16", "131 16", "163 16", "195 32"]),
        ("vgg16", ["6 2", "16 4", "44 8", "100 16", "212 32"]),
        ("resnet18", ["7 2", "11 4", "43 4", "99 8", "211 16", "435 32"]),
    ],
)
def test_receptive_fields(name, places):
    """Araujo et al. (2019) give 195 for AlexNet and 212 for VGG-16.

    ResNet-18 by hand: 11, then 4 windows at jump 4, one and 3 at jumps 4 and 8, 8 and 16, 16 and 32.
    """
    rows = sizes(getattr(known, name)(), IMAGE)
    found = [
        f"{row.field[2].size} {row.field[2].jump}" for row in rows if row.field and not row.field[2].whole
    ]
    assert set(places) <= set(found)


def test_shapes_on_the_way():
    shapes = {row.path: row.outputs[0] for row in sizes(known.resnet18(), IMAGE)}
    assert shapes["3"] == shapes["4"] == (1, 64, 56, 56)
    assert (shapes["5"], shapes["6"], shapes["7"]) == ((1, 128, 28, 28), (1, 256, 14, 14), (1, 512, 7, 7))
    assert shapes["8"] == (1, 512, 1, 1)
    assert shapes[""] == (1, 1000)


def test_buffers_are_running_statistics():
    (whole, *_) = sizes(known.resnet18(), IMAGE, depth=0)
    norms = 64 + 4 * 64 + 5 * 128 + 5 * 256 + 5 * 512
    assert whole.buffers == 2 * norms + 20  # means and variances, and a count for each of 20 layers


def test_a_batch_of_symbolic_size():
    N = size("N")
    (whole, *_) = sizes(known.resnet18(), (N, *IMAGE[1:]))
    assert whole.parameters == 11_689_512
    assert exact(whole.macs, N=7) == 7 * 1_814_073_344


def test_images_of_symbolic_size():
    """The convolutional part of VGG-16 takes any image; its last maps are ⌊H/32⌋×⌊W/32⌋."""
    H, W = size("H W")
    layers = known.vgg16().layers[:31]
    (whole, *_) = sizes(known.Sequential(*layers), (3, H, W))
    assert show_shape(whole.outputs[0]) == "512×⌊H/32⌋×⌊W/32⌋"
    convolutions = 15_470_264_320 - (512 * 49 * 4096 + 4096 * 4096 + 4096 * 1000)
    assert exact(whole.macs, H=224, W=224) == convolutions
