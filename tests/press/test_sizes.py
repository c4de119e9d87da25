import json
import re

import pytest

from tripos import nets
from tripos.graph import size
from tripos.nets import MLP, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Residual, Sequential
from tripos.nets.sizing import sizes
from tripos.press.sizes import as_json, latex, table, totals

d, k, H, W = size("d k H W")
FIRST = Sequential(Conv2d(3, 96, 11, stride=4), ReLU(), MaxPool2d(3, 2))


def test_the_first_layers_of_alexnet():
    assert table(sizes(FIRST, (3, 223, 223))) == (
        """\
Layer                              Output    Parameters         MACs        FLOPs  Activations  Field  Jump
───────────────────────────────────────────────────────────────────────────────────────────────────────────
Sequential                         96×26×26                                                     19×19     8
├─ 0: Conv2d(3, 96, 11, stride=4)  96×54×54      34,944  101,616,768  203,513,472      279,936  11×11     4
├─ 1: ReLU()                       96×54×54           0            0      279,936      279,936  11×11     4
└─ 2: MaxPool2d(3, stride=2)       96×26×26           0            0      584,064            0  19×19     8
───────────────────────────────────────────────────────────────────────────────────────────────────────────
Parameters                           34,944  139.78 kB
MACs                            101,616,768
FLOPs                           204,377,472
Input                                        596.75 kB
Activations, kept for backward      559,872  2.24 MB
"""
    )


def test_symbolic_sizes():
    assert table(sizes(Sequential(Linear(d, k), ReLU()), (d,))) == (
        """\
Layer               Output  Parameters  MACs     FLOPs  Activations
───────────────────────────────────────────────────────────────────
Sequential          k
├─ 0: Linear(d, k)  k          d k + k   d k  2d k + k            k
└─ 1: ReLU()        k                0     0         k            0
───────────────────────────────────────────────────────────────────
Parameters                        d k + k  4d k + 4k bytes
MACs                                  d k
FLOPs                           2d k + 2k
Input                                      4d bytes
Activations, kept for backward          k  4k bytes
"""
    )


def test_the_tree():
    system = Sequential(Residual(Sequential(Linear(4, 4), ReLU())), Sequential(ReLU()), Linear(4, 2))
    head, _, *lines = table(sizes(system, (4,))).splitlines()
    assert [line[: head.index("Output")].rstrip() for line in lines[:8]] == [
        "Sequential",
        "├─ 0: Residual",
        "│  └─ inner: Sequential",
        "│     ├─ 0: Linear(4, 4)",
        "│     └─ 1: ReLU()",
        "├─ 1: Sequential",
        "│  └─ 0: ReLU()",
        "└─ 2: Linear(4, 2)",
    ]


@pytest.mark.parametrize("depth", [None, 0, 1, 2])
def test_columns_add_up_at_every_depth(depth):
    system = nets.TransformerEncoder(nets.TransformerEncoderLayer(8, 2, 16), 2)
    rows = sizes(system, (5, 8), depth=depth)
    whole = totals(rows)
    cells = [re.split("  +", line.strip()) for line in table(rows).splitlines()]
    heading = cells[0]
    end = cells.index(["─" * len(table(rows).splitlines()[1])], 2)
    lines = table(rows).splitlines()
    for name, count in zip(
        heading[2:], (whole.parameters, whole.macs, whole.flops, whole.activations), strict=True
    ):
        right = lines[0].index(name) + len(name)
        found = [re.search(r"[\d,]*$", line.ljust(right)[:right])[0] for line in lines[2:end]]
        assert sum(int(n.replace(",", "") or 0) for n in found) == count


def test_a_shared_layer_says_so():
    linear = Linear(4, 4)

    class Twice(nets.Module):
        def children(self):
            return {"linear": linear}

        def forward(self, w, x):
            return linear(linear(x, weights=w["linear"]), weights=w["linear"])

    lines = table(sizes(Twice(), (4,))).splitlines()
    assert "(shared)" not in lines[3]
    assert "(shared)" in lines[4]
    assert "Parameters                      20  80 bytes" in lines


def test_fields_differ_by_axis():
    rows = sizes(Sequential(Conv2d(1, 1, (3, 5), stride=(1, 2)), Conv2d(1, 1, (1, 9))), (1, 9, 21))
    found = [line.split()[-2:] for line in table(rows).splitlines()[2:5]]
    assert found == [["3×21", "1×2"], ["3×5", "1×2"], ["3×21", "1×2"]]


def test_symbolic_fields():
    rows = sizes(Conv2d(3, d, k, stride=2), (3, H, W))
    assert re.split("  +", table(rows).splitlines()[2])[-2:] == ["k×k", "2"]


def test_what_sees_everything():
    rows = sizes(Sequential(Conv2d(3, 4, 3), Flatten(), Linear(4 * 6 * 6, 2)), (3, 8, 8))
    assert [line.split()[-1] for line in table(rows).splitlines()[2:6]] == ["all", "1", "all", "all"]
    assert "Field" not in table(sizes(MLP([4, 3, 2]), (4,)))


def test_several_outputs_and_buffers():
    text = table(sizes(nets.LSTM(3, 4), (5, 3)))
    assert "5×4, 1×4, 1×4" in text
    assert re.search("Buffers +13\n", table(sizes(nets.BatchNorm2d(6), (2, 6, 5, 5))))


# -- data --


def test_json():
    data = json.loads(json.dumps(as_json(sizes(FIRST, (3, 223, 223)))))
    conv = data["layers"][1]
    assert conv == {
        "path": "0",
        "layer": "Conv2d(3, 96, 11, stride=4)",
        "depth": 1,
        "inputs": [[3, 223, 223]],
        "outputs": [[96, 54, 54]],
        "parameters": 34944,
        "buffers": 0,
        "macs": 101616768,
        "flops": 203513472,
        "activations": 279936,
        "receptive_field": [None, {"size": 11, "jump": 4, "start": 0}, {"size": 11, "jump": 4, "start": 0}],
        "shared": False,
    }
    assert data["totals"] == {
        "parameters": 34944,
        "buffers": 0,
        "macs": 101616768,
        "flops": 204377472,
        "activations": 559872,
        "input_bytes": 4 * 3 * 223 * 223,
        "activation_bytes": 4 * 559872,
        "parameter_bytes": 4 * 34944,
    }


def test_json_of_symbols_is_text():
    (row,) = as_json(sizes(Linear(d, k), (d,)))["layers"]
    assert (row["outputs"], row["parameters"], row["macs"]) == ([["k"]], "d k + k", "d k")


# -- LaTeX --


def test_latex():
    assert latex(sizes(Sequential(Conv2d(3, 2 * d, 3, padding=1), ReLU()), (3, H, 8))) == (
        r"""\begin{tabular}{llrrrrrr}
\toprule
Layer & Output & Parameters & MACs & FLOPs & Activations & Field & Jump \\
\midrule
\texttt{Sequential} & $2 d \times H \times 8$ &  &  &  &  & 3$\times$3 & 1 \\
\hspace{1em}\texttt{0: Conv2d(3, 2d, 3, padding=1)} & $2 d \times H \times 8$ & $56 d$ & $432 d\,H$ & """
        r"""$880 d\,H$ & $16 d\,H$ & 3$\times$3 & 1 \\
\hspace{1em}\texttt{1: ReLU()} & $2 d \times H \times 8$ & 0 & 0 & $16 d\,H$ & 0 & 3$\times$3 & 1 \\
\midrule
Total &  & $56 d$ & $432 d\,H$ & $896 d\,H$ & $16 d\,H$ &  &  \\
\bottomrule
\end{tabular}
"""
    )


def test_latex_escapes_what_is_special():
    text = latex(sizes(Sequential(Linear(d**2, (d + 1) / 2), Linear((d + 1) / 2, size("d_k"))), (d**2,)))
    assert r"\texttt{0: Linear(d$^{2}$, (d + 1)/2)}" in text
    assert r"d\_k" in text
    assert r"$\frac{d + 1}{2}$" in text
    assert r"$3 \times \left(H - 2\right) \times 6$" in latex(sizes(Conv2d(1, 3, 3), (1, H, 8)))
