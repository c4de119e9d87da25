import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tripos import nets
from tripos.graph import GraphError, exact, expand, macs, size, symbol, write
from tripos.graph.cost import activations, flops
from tripos.graph.node import Node, as_dim
from tripos.graph.receptive import Field
from tripos.nets import (
    LSTM,
    MLP,
    Conv2d,
    Dropout,
    Flatten,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Module,
    ReLU,
    Residual,
    Sequential,
    Tanh,
    TransformerEncoderLayer,
    training,
)
from tripos.nets.sizing import sizes, written

d, k, H, W, n = size("d k H W n")


def text(count):
    return write(count).text if isinstance(count, Node) else str(count)


def test_the_first_layers_of_alexnet():
    """By hand: 96 filters of 3·11·11 weights and a bias, at 54·54 places."""
    system = Sequential(Conv2d(3, 96, 11, stride=4), ReLU(), MaxPool2d(3, 2))
    whole, conv, relu, pool = sizes(system, (3, 223, 223))
    assert [row.path for row in (whole, conv, relu, pool)] == ["", "0", "1", "2"]
    assert [row.depth for row in (whole, conv, relu, pool)] == [0, 1, 1, 1]
    assert conv.layer == "Conv2d(3, 96, 11, stride=4)"
    assert (conv.inputs, conv.outputs) == (((3, 223, 223),), ((96, 54, 54),))
    assert conv.parameters == whole.parameters == 96 * (3 * 11 * 11 + 1)
    assert conv.macs == whole.macs == 96 * 54 * 54 * 3 * 11 * 11
    assert conv.flops == 2 * conv.macs + 96 * 54 * 54
    assert (relu.parameters, relu.macs, relu.flops) == (0, 0, 96 * 54 * 54)
    assert (pool.outputs, pool.macs, pool.flops) == (((96, 26, 26),), 0, 96 * 26 * 26 * 9)
    assert whole.flops == conv.flops + relu.flops + pool.flops
    assert whole.activations == 2 * 96 * 54 * 54  # relu keeps what went in, pooling too
    assert conv.field == (Field(3, 0, 0, True), Field(11, 4, 0), Field(11, 4, 0))
    assert pool.field == (Field(3, 0, 0, True), Field(19, 8, 0), Field(19, 8, 0))
    assert [row.leaf for row in (whole, conv, relu, pool)] == [False, True, True, True]


def test_symbolic_sizes():
    (row,) = sizes(Linear(d, k), (n, d))
    assert row.outputs == ((n, k),)
    assert [text(c) for c in (row.parameters, row.macs, row.flops)] == ["d k + k", "d k n", "2d k n + k n"]
    whole, *_ = sizes(Sequential(Conv2d(3, d, 3, padding=1), ReLU(), MaxPool2d(2)), (3, H, W))
    assert [text(c) for c in whole.outputs[0]] == ["d", "⌊H/2⌋", "⌊W/2⌋"]
    assert [text(c) for c in (whole.parameters, whole.macs)] == ["28d", "27d H W"]


def test_a_transformer_layer_costs_what_everyone_says():
    """12d² parameters, up to biases and norms; 12d² n + 2d n² MACs for n tokens (Kaplan et al., 2020)."""
    (whole, *_) = sizes(TransformerEncoderLayer(d, 4, 4 * d), (n, d))
    assert text(whole.parameters) == "12d² + 13d"
    assert text(whole.macs) == "12d² n + 2d n²"


def test_symbolic_and_known_sizes_agree():
    def system(d):
        return Sequential(Conv2d(3, d, 5, stride=2, padding=1), Tanh(), MaxPool2d(3, 2), Flatten())

    known = sizes(system(6), (3, 31, 40))
    symbolic = sizes(system(d), (3, H, W))
    for one, other in zip(known, symbolic, strict=True):
        for name in ("macs", "flops", "activations", "parameters"):
            count = getattr(other, name)
            values = {s: v for s, v in {"d": 6, "H": 31, "W": 40}.items() if size(s) in _letters(count)}
            assert getattr(one, name) == (exact(count, **values) if isinstance(count, Node) else count)


def _letters(count):
    from tripos.graph.node import free_symbols

    return free_symbols(count) if isinstance(count, Node) else []


# -- parts and wholes --

SYSTEMS = [
    (Sequential(Linear(4, 5), Tanh(), Linear(5, 3)), [(4,)]),
    (Sequential(Residual(Sequential(Linear(4, 4), ReLU())), Linear(4, 2, bias=False)), [(7, 4)]),
    (MLP([4, 5, 5, 3], Tanh(), bias=False), [(4,)]),  # its forward names what the layers return
    (MLP([4, 5, 3]), [(2, 4)]),
    (LSTM(3, 4, num_layers=2), [(5, 3)]),
    (TransformerEncoderLayer(8, 2, 16), [(5, 8)]),
    (nets.Transformer(8, 2, 1, 1, 16), [(5, 8), (4, 8)]),
    (nets.MultiheadAttention(8, 2), [(5, 8), (3, 8), (3, 8)]),
    (nets.Seq2Seq(3, 4, 5, 6), [(5, 3), (4, 4)]),
    (nets.ResidualMLP(4, 3), [(4,)]),
]


@pytest.mark.parametrize(
    ("module", "shapes"), SYSTEMS, ids=lambda v: written(v) if isinstance(v, Module) else ""
)
def test_the_whole_costs_what_its_graph_does(module, shapes):
    rows = sizes(module, *shapes)
    inputs = [symbol(f"u{i}", shape) for i, shape in enumerate(shapes)]
    weights = module.symbols()
    outputs = module(*inputs, weights=weights)
    outputs = [outputs] if isinstance(outputs, Node) else list(_flat(outputs))
    learnt = [weights[path] for path in module.weights()]
    assert rows[0].macs == exact(macs(*outputs))
    assert rows[0].flops == exact(flops(*outputs))
    assert rows[0].activations == exact(activations(*outputs, wrt=learnt))
    assert rows[0].outputs == tuple(node.shape for node in outputs)
    assert rows[0].parameters == exact(nets.parameters(module))


def _flat(value):
    for part in value if isinstance(value, (tuple, list)) else [value]:
        yield from [part] if isinstance(part, Node) else _flat(part)


@pytest.mark.parametrize(
    ("module", "shapes"), SYSTEMS, ids=lambda v: written(v) if isinstance(v, Module) else ""
)
def test_parts_cost_no_more_than_the_whole(module, shapes):
    rows = sizes(module, *shapes)
    for i, row in enumerate(rows):
        inside = []
        for other in rows[i + 1 :]:
            if other.depth <= row.depth:
                break
            if other.depth == row.depth + 1:
                inside.append(other)
        for name in ("macs", "flops", "activations"):
            assert sum(getattr(part, name) for part in inside) <= getattr(row, name)


@given(st.lists(st.sampled_from(["linear", "tanh", "residual", "mlp"]), max_size=6), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_depth_only_hides(kinds, depth):
    made = {
        "linear": Linear(4, 4),
        "tanh": Tanh(),
        "residual": Residual(Sequential(Linear(4, 4), Tanh())),
        "mlp": MLP([4, 3, 4]),
    }
    system = Sequential(*(made[kind] for kind in kinds))
    rows = sizes(system, (4,))
    assert sizes(system, (4,), depth=depth) == [row for row in rows if row.depth <= depth]
    assert rows[0].macs == sum(row.macs for row in rows if row.leaf and row.depth)


def test_a_layer_that_is_used_twice_is_counted_once():
    rows = sizes(MLP([4, 4, 4, 4]), (4,))
    assert [row.again for row in rows if row.path == "activation"] == [False, True]


def test_a_value_that_is_not_used_costs_nothing():
    """A transformer layer asks attention for its output alone, not for the mean of the weights."""
    attention = nets.MultiheadAttention(8, 2)
    (alone, *_) = sizes(attention, (5, 8), (5, 8), (5, 8))
    layer = sizes(TransformerEncoderLayer(8, 2, 16), (5, 8))
    inside = next(row for row in layer if row.path == "self_attn")
    assert inside.macs == alone.macs
    assert inside.flops < alone.flops


def test_no_weight_is_made():
    (row,) = sizes(Linear(10**9, 10**9), (10**9,))
    assert row.macs == 10**18


def test_training():
    system = Sequential(Linear(4, 4), Dropout(), Linear(4, 2))
    resting = sizes(system, (4,))
    with training():
        assert sizes(system, (4,))[0].flops > resting[0].flops


def test_buffers():
    whole, *_ = sizes(nets.BatchNorm2d(6), (2, 6, 5, 5))
    assert (whole.parameters, whole.buffers) == (12, 13)  # means, variances, and the count of batches


# -- how layers are written --


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (ReLU(), "ReLU()"),
        (Linear(3, 4), "Linear(3, 4)"),
        (Linear(d, 2 * d, bias=False), "Linear(d, 2d, bias=False)"),
        (LeakyReLU(), "LeakyReLU()"),
        (LSTM(3, 4, num_layers=2), "LSTM(3, 4, num_layers=2)"),
        (Conv2d(3, 4, (3, 5), padding="same"), "Conv2d(3, 4, (3, 5), padding='same')"),
        (Sequential(ReLU(), ReLU()), "Sequential"),
        (Residual(ReLU()), "Residual"),
        (MLP([4, 3, 2]), "MLP((4, 3, 2))"),
        (Sequential(), "Sequential()"),
        (nets.MaskedLinear(2, 1, ((1, 0),)), "MaskedLinear(2, 1, …)"),
    ],
)
def test_written(module, name):
    assert written(module) == name


# -- equal sizes --


def test_sizes_of_layers_are_tidy():
    assert Linear(d + d, k * 1) == Linear(2 * d, k)
    assert sizes(Linear(d + d, k), (3 * d - d,))[0].outputs == ((k,),)
    assert as_dim(Linear(d - d + 4, k).in_features) == 4


def public_layers():
    found = [getattr(nets, name) for name in nets.__all__]
    return [v for v in found if isinstance(v, type) and issubclass(v, Module) and v is not Module]


@pytest.mark.parametrize("layer", public_layers(), ids=lambda c: c.__name__)
def test_every_layer_tidies_its_sizes(layer):
    """A layer's own check of its arguments must not replace that of all modules."""
    first = next(iter(layer.__dataclass_fields__), "")
    if layer.__dataclass_fields__ and "Dim" in layer.__dataclass_fields__[first].type.split("|")[0]:
        others = [p for p in list(layer.__dataclass_fields__.values())[1:] if "Dim" in str(p.type)]
        made = layer(**{first: d + d}, **{p.name: 2 for p in others if p.default is p.default_factory})
        assert getattr(made, first) is as_dim(2 * d)


# -- errors --


@pytest.mark.parametrize(
    ("module", "shapes", "message"),
    [
        (ReLU(), [], r"sizes: name the shape of the input of ReLU, as in \(3, 224, 224\)"),
        (Linear(3, 4), [(5,)], "Linear: the input has shape 5, but the last axis must have in_features = 3"),
        (Linear(3, 4), [(0, 3)], "sizes: a size is a positive whole number or a symbol, found 0"),
        (Linear(3, 4), [(-1, 3)], "found -1"),
        (Linear(3, 4), [(1.5, 3)], "found 1.5"),
        (Linear(3, 4), [(True, 3)], "found True"),
        (Linear(3, 4), [(expand(symbol("s"), (3,)), 3)], "sizes: a size is a positive whole number"),
        (Linear(3, 4), [(3,), (3,)], "Linear takes x; found 2 inputs"),
        (
            nets.LSTMCell(3, 4),
            [(3,), (4,)],
            "LSTMCell: state is a tuple of 2 arrays, found an array of shape 4",
        ),
        (MaxPool2d(9), [(3, 5, 5)], "a window of 9 does not fit an axis of 5"),
        (Linear(d, 4), [(k,)], "Linear: the input has shape k, but the last axis must have in_features = d"),
    ],
)
def test_errors(module, shapes, message):
    with pytest.raises(GraphError, match=message):
        sizes(module, *shapes)
