"""Layers that make no sense are refused where they are made, inputs that do not fit where they are given."""

from dataclasses import Field, fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, note, settings
from hypothesis import strategies as st

import nets.layers_of_models
import nets.layers_of_sequences  # noqa: F401 (both add makers)
from nets.layers import MAKERS, Layer
from nets.test_random import nodes_of
from tripos import nets as public
from tripos.graph import GraphError, Program, exact, floats, size, symbol
from tripos.graph.node import free_symbols
from tripos.graph.spaces import numpy as numpy_space
from tripos.nets import (
    LSTM,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Embedding,
    Flatten,
    GRUCell,
    LayerNorm,
    Linear,
    LSTMCell,
    MaxPool2d,
    MultiheadAttention,
    ReLU,
    RNNCell,
    Sequential,
    Softmax,
    TransformerEncoder,
    TransformerEncoderLayer,
    initialize,
    parameters,
)

# -- a mistake in one argument ---------------------------------------------------------------------

NO_SIZES: list[Any] = [
    0,
    -1,
    2.5,
    Fraction(1, 2),
    "3",
    True,
    float("nan"),
    [],
    Ellipsis,
    symbol("v", 3),
    1 - size("n") + size("n") - 1,
]
NO_NUMBERS: list[Any] = ["half", True, float("nan"), float("inf"), [0.5], Ellipsis, size("n")]

WRONG: dict[str, list[Any]] = {
    "Dim": [*NO_SIZES, (2, 3)],
    "Count": [*NO_SIZES, (2, 3), size("n"), 10**30],
    "tuple[Dim, ...]": [*NO_SIZES, (), (2, 0), (2, -1), (2, 2.5), ("3",), (2, None)],
    "Sequence[Dim]": [*NO_SIZES, (), (2,), (2, 0), [2, -1], (2, 2.5), ("3", 2), (2, None)],
    "tuple[int, ...]": [0, "3", True, 2.5, (2, 0), (2, -1), (2, 2.5), ("3",), (10**30,)],
    "tuple[tuple[int, ...], ...]": [0, "3", (), ((),), ((2,),), ((0.5,),), ((1, 0), (1,))],
    "PerAxis": [-1, 2.5, "many", True, (), (1, 1, 1), (1, -1), [], Ellipsis, symbol("v", 3)],
    "bool": [0, 1, "yes", 2.5, Ellipsis],
    "int": ["1", 1.5, True, (1,), Ellipsis, symbol("v", 3)],
    "str": ["nonsense", 1, True, Ellipsis],
    "Number": NO_NUMBERS,
    "float": NO_NUMBERS,
    "Fraction": NO_NUMBERS,
    "Literal": ["half", float("nan"), float("inf"), Ellipsis, [[1], [2, 3]]],
    "Module": [ReLU, "relu", 3, [ReLU()], Ellipsis],
    "MADE": [ReLU(), "relu", 3],
    "VAE": [ReLU(), "relu", 3],
    "None": [],
}
"""For each type of an argument, values that are not of it."""

ALSO: dict[str, list[Any]] = {
    "kernel_size": [0, (1, 0)],
    "stride": [0],
    "dilation": [0],
    "output_size": [0],
    "groups": [0, -1, 3.5, 10**30],
    "p": [-0.1, 1.1],
    "dropout": [-0.1, 1, 1.1],
    "eps": [-1e-5],
    "layer_norm_eps": [-1e-5],
    "momentum": [-0.1, 1.1],
    "axes": [0, 3, -1],
    "context": [-1],
    "label_smoothing": [],
}
"""By name, values that are of the type but make no sense."""


def example(name: str) -> Layer:
    """Return the simplest layer that a maker makes."""
    return find(
        st.composite(MAKERS[name])(),
        lambda layer: True,
        settings=settings(
            database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True
        ),
    )


EXAMPLES = {name: example(name) for name in MAKERS}


def mistakes(own: Field[Any]) -> list[Any]:
    """Return values that a field cannot have."""
    kinds = [part.strip() for part in str(own.type).split("|")]
    found = WRONG["tuple[Dim, ...]" if "tuple[Dim, ...]" in kinds else kinds[0]]
    return [*found, *ALSO.get(own.name, []), *([] if "None" in kinds or own.name == "rho" else [None])]


ARGUMENTS = [
    pytest.param(name, own.name, value, id=f"{name}-{own.name}-{str(value)[:30]}")
    for name, layer in EXAMPLES.items()
    for own in fields(layer.module)
    if own.init and not str(own.type).startswith(("tuple[Module", "tuple[_Flow"))
    for value in mistakes(own)
]


@pytest.mark.parametrize(("name", "argument", "value"), ARGUMENTS)
def test_an_argument_that_makes_no_sense_is_refused_where_the_layer_is_made(name, argument, value):
    with pytest.raises(GraphError, match=r"^\w+: ") as refused:
        replace(EXAMPLES[name].module, **{argument: value})
    assert len(str(refused.value)) > 20


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda: Linear(0, 3),
            r"^Linear: a size is a positive integer or size\('n'\), found 0 as in_features",
        ),
        (lambda: Linear(2, -1), "^Linear: a size is a positive .*, found -1 as out_features"),
        (lambda: Linear(2, 2.5), r"^Linear: a size is a positive .*, found 2\.5 as out_features"),
        (lambda: Linear(2, 3, 1), "^Linear: bias is True or False, found 1"),
        (lambda: Conv2d(3, 4, 0), "^Conv2d: the kernel_size must be a positive integer, found 0"),
        (
            lambda: Conv2d(3, 4, 3, padding=(1, 2, 3)),
            r"^Conv2d: the padding must be 0 or more, found \(1, 2, 3\)",
        ),
        (
            lambda: Conv2d(3, 4, 3, groups=2),
            "^Conv2d: 2 groups do not divide in_channels = 3; choose a divisor",
        ),
        (lambda: ConvTranspose2d(3, 4, 3, 2, 0, 2), "^ConvTranspose2d: the output padding 2 must be smaller"),
        (lambda: MaxPool2d(2, padding=2), "^MaxPool2d: a padding of 2 is more than half of a window of 2"),
        (lambda: Embedding(0, 2), "^Embedding: a size is a positive .*, found 0 as num_embeddings"),
        (lambda: Embedding(4, 2, 4), "^Embedding: padding_idx is one of the 4 rows .* found 4"),
        (lambda: LSTM(2, 0), "^LSTM: a size is a positive .*, found 0 as hidden_size"),
        (lambda: LSTM(2, 3, 0), "^LSTM: num_layers is a positive integer, at most 1,000,000, found 0"),
        (
            lambda: LSTM(2, 3, 10**30),
            "^LSTM: num_layers is a positive integer, at most 1,000,000, found 1000",
        ),
        (
            lambda: MultiheadAttention(6, 4),
            "^MultiheadAttention: embed_dim = 6 does not split into num_heads",
        ),
        (lambda: TransformerEncoderLayer(6, 4), "^MultiheadAttention: embed_dim = 6 does not split"),
        (
            lambda: TransformerEncoder(TransformerEncoderLayer, 2),
            "^TransformerEncoder: expected a layer, found",
        ),
        (lambda: Dropout(1.5), "^Dropout: p is a probability, between 0 and 1; found 1.5"),
        (lambda: Dropout(True), "^Dropout: p is a finite number, found True"),
        (
            lambda: LayerNorm((2, 0)),
            r"^LayerNorm: a size is a positive .*, found \(2, 0\) as normalized_shape",
        ),
        (lambda: LayerNorm(2, eps=float("nan")), "^LayerNorm: eps is a finite number, found nan"),
        (lambda: public.MLP([2, 0, 1]), "^MLP: a size is a positive .*, found 0 as one of its sizes"),
        (
            lambda: public.MADE(10**6, (10**6,)),
            "^MADE: layers of .* units have a mask of more than 1,000,000",
        ),
        (lambda: Sequential(Linear(2, 3), ReLU), "^Sequential: entry 1 is no layer, .* write ReLU"),
        (
            lambda: public.CrossEntropyLoss(reduction="avg"),
            "^CrossEntropyLoss: reduction is mean, sum or none",
        ),
    ],
)
def test_the_message_says_what_was_expected_and_what_was_found(make, why):
    with pytest.raises(GraphError, match=why):
        make()


@pytest.mark.parametrize("n", [np.int64(3), np.uint8(3), symbol("s", (), "size") * 0 + 3, size("n")])
def test_sizes_may_be_symbols_and_any_kind_of_integer(n):
    layer = Linear(n, 2)
    assert layer == Linear(n * 1, 2)
    assert type(layer.in_features) is int or layer.in_features is size("n")
    assert layer(symbol("x", n)).shape == (2,)


# -- inputs ----------------------------------------------------------------------------------------

WIDE = {
    *"ReLU Sigmoid Tanh Softplus Softsign SiLU GELU ELU HardThreshold Identity LeakyReLU Softmax".split(),
    *"Flatten Dropout Reverse Embedding MaxPool1d MaxPool2d AvgPool1d AvgPool2d".split(),
    *"GlobalAvgPool GlobalMaxPool AdaptiveAvgPool1d AdaptiveAvgPool2d".split(),
}
"""Layers that take more than one size of input."""


def called(layer: Layer, inputs: list[Any]) -> Any:
    return (layer.call or layer.module)(*inputs, weights=layer.module.symbols())


def symbols_of(layer: Layer) -> list[Any]:
    return [symbol(f"input {i}", shape) for i, (shape, _) in enumerate(layer.inputs)]


@pytest.mark.parametrize("name", sorted(MAKERS))
@pytest.mark.parametrize(
    "junk",
    ["abc", [[1], [2, 3]], Ellipsis, float("nan"), [], np.zeros((0, 2))],
    ids=["text", "ragged", "object", "nan", "empty", "no rows"],
)
def test_what_is_no_array_is_refused_where_the_layer_is_called(name, junk):
    layer = EXAMPLES[name]
    for i in range(len(layer.inputs)):
        inputs = symbols_of(layer)
        inputs[i] = junk
        with pytest.raises(GraphError):
            called(layer, inputs)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_the_number_of_inputs_is_checked(name):
    layer = EXAMPLES[name]
    for inputs in ([], [None], [*symbols_of(layer)] * 4):
        if name == "Sequential" and len(inputs) != 1:
            continue  # it hands on what it is given
        with pytest.raises(GraphError, match=r"takes|: "):
            layer.module(*inputs)


@pytest.mark.parametrize("name", sorted(set(MAKERS) - WIDE))
def test_a_last_axis_that_does_not_fit_is_refused(name):
    layer = EXAMPLES[name]
    for i, (shape, _) in enumerate(layer.inputs):
        inputs = symbols_of(layer)
        inputs[i] = symbol("other", (*shape[:-1], shape[-1] + 1))
        if (name, i) == ("CrossEntropyLoss", 0) or (
            len(shape) > 1 and name.startswith(("Conv", "BatchNorm"))
        ):
            continue  # more classes, more places
        with pytest.raises(GraphError, match=r"\d"):
            called(layer, inputs)


@pytest.mark.parametrize("name", sorted(MAKERS))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_inputs_of_any_shape_fit_or_are_refused(name, data):
    layer = MAKERS[name](data.draw)
    inputs = []
    for i, (shape, _) in enumerate(layer.inputs):
        other = st.lists(st.integers(1, 4), max_size=5).map(tuple)
        turned = st.permutations(shape).map(tuple)
        more = st.just((2, *shape)) | st.just((*shape, 1)) | st.just(shape[1:]) | st.just(shape[:-1])
        inputs.append(symbol(f"input {i}", data.draw(st.just(shape) | other | turned | more)))
    note(f"{layer.module} of {[x.shape for x in inputs]}")
    try:
        outputs = nodes_of(called(layer, inputs))
    except GraphError:
        return
    leaves = {leaf for node in outputs for leaf in free_symbols(node)}
    zeros = {leaf: np.zeros(leaf.shape) for leaf in leaves}  # ids and labels that there are
    values = Program(outputs, numpy_space, kernels=True)(zeros)
    assert [np.shape(v) for v in values] == [node.shape for node in outputs]


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_empty_and_infinite_data_are_refused(name):
    layer = EXAMPLES[name]
    inputs = symbols_of(layer)
    outputs = nodes_of(called(layer, inputs))
    leaves = {leaf for node in outputs for leaf in free_symbols(node)}
    good = {leaf: np.zeros(leaf.shape) for leaf in leaves}
    for leaf in leaves:
        for bad, why in (
            (np.full(leaf.shape, np.nan), "was given nan"),
            (np.full(leaf.shape, -np.inf), "was given -inf"),
            (np.zeros((0, *leaf.shape)), "was given an empty batch"),
            *([(np.zeros((*leaf.shape, 5)), "a value of shape")] if leaf.shape else []),
        ):
            with pytest.raises(GraphError, match=why):
                Program(outputs, numpy_space, kernels=True)(good | {leaf: bad})
    with pytest.raises(GraphError, match="is empty"):
        called(layer, [symbol("x", (0, *x.shape)) for x in inputs])


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (
            lambda: Linear(4, 3)(symbol("x", 5)),
            "^Linear: the input has shape 5, but the last axis must have in_",
        ),
        (lambda: Linear(4, 3)(symbol("x")), "^Linear: the input has shape scalar"),
        (lambda: Linear(4, 3)("abc"), "^Linear: x is an array; expected a number, found str 'abc'"),
        (lambda: Linear(4, 3)(None), "^Linear: x is an array; .* found NoneType"),
        (Linear(4, 3), "^Linear takes x; found 0 inputs"),
        (
            lambda: Linear(4, 3)(LSTM(2, 4)(symbol("x", (3, 2)))),
            r"^Linear: x is one array, found a tuple of 2; .*\[0\]",
        ),
        (lambda: Linear(4, 3)([1, 2, 3, float("nan")]), "^Linear: x is an array; nan is not a number"),
        (
            lambda: Linear(4, 3)(symbol("x", 4), weights={"w": 1}),
            "^Linear: no weight 'w'; there are weight, bias",
        ),
        (
            lambda: Linear(4, 3)(symbol("x", 4), weights={"bias": [1]}),
            "^Linear: the weight bias has shape 3, found 1",
        ),
        (lambda: Linear(4, 3)(symbol("x", 4), weights=[1, 2]), "^Linear: weights are .* by name"),
        (
            lambda: Conv2d(3, 4, 2)(symbol("x", (2, 5, 5))),
            "^Conv2d: the input has shape 2×5×5, .* in_channels = 3",
        ),
        (lambda: Conv1d(1, 1, 6)(symbol("x", (1, 5))), "^conv1d: a window of 6 does not fit an axis of 5"),
        (lambda: Flatten(2)(symbol("x", (2, 3))), "^Flatten: there is no axis 2 in an array of shape 2×3"),
        (lambda: Softmax(1)(symbol("x", 3)), "^Softmax: dim is the last axis"),
        (lambda: Embedding(3, 2)([0, 3]), "^embedding: ids are whole numbers from 0 to 2"),
        (lambda: Embedding(3, 2)([0.5]), "^embedding: ids are whole numbers"),
        (
            lambda: GRUCell(2, 1)(symbol("x", (5, 2))),
            "^GRUCell: expected an input of input_size = 2 entries .* 5×2",
        ),
        (
            lambda: RNNCell(2, 3)(symbol("x", 2), symbol("h", 2)),
            "^RNNCell: .* hidden_size = 3, found shapes 2, 2",
        ),
        (lambda: LSTMCell(2, 3)(symbol("x", 2), symbol("h", 3)), "^LSTMCell: state is a tuple of 2 arrays"),
        (lambda: LSTM(2, 3)(symbol("x", (4, 2)), [[1, 2, 3]]), "^LSTM: state is a tuple of 2 arrays"),
        (
            lambda: LSTM(2, 3, 2)(symbol("x", (4, 2)), (symbol("h", (1, 3)), symbol("c", (1, 3)))),
            "^LSTM: the first states are 2×3, a row for each layer and direction, found shape 1×3",
        ),
        (lambda: LSTM(2, 3)(symbol("x", (5, 4, 2))), "^LSTM: expected a sequence T×2, found shape 5×4×2"),
    ],
)
def test_inputs_that_do_not_fit_are_named(build, why):
    with pytest.raises(GraphError, match=why):
        build()


# -- hugely large sizes ----------------------------------------------------------------------------


def test_large_sizes_are_counted_and_not_evaluated():
    huge = 10**30
    assert exact(parameters(Linear(huge, 2))).item() == 2 * huge + 2
    with pytest.raises(GraphError, match=r"the symbol .* has no value"):
        floats(Linear(huge, huge)(symbol("x", huge)))
    with pytest.raises(GraphError, match=r"the weight weight .* at most 50,000,000 are drawn"):
        initialize(Linear(10**9, 10**9), 0)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_hugely_large_size_is_no_trouble_where_the_layer_is_made(name):
    layer = EXAMPLES[name].module
    for own in fields(layer):
        if own.init and own.type in ("Dim", "PerAxis"):
            try:
                made = replace(layer, **{own.name: 10**30})
            except GraphError:
                continue
            assert exact(parameters(made)) >= 0
