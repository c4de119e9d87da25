"""Small papers for marking, and scripts for them."""

from functools import cache

from tripos.marking.mark import mark_script
from tripos.marking.plan import plan_of
from tripos.marking.scripts.script import Script

NETWORK = """---
title: A network
points: 20
{meta}---

## A small convolutional network {{#conv}}

```given
x     = matrix("1 0 1; 0 1 0; 1 0 1")
K_1   = matrix("-1 -2; 1 2")
w_out = vector(1, 2, 3, 4)
b_out = -4
```

### Forward {{#forward points=9}}

$z_1 =$ [[z_1]], $h_1 =$ [[h_1]], $z_out =$ [[z_out]].

```working
z_1 = conv2d(x, K_1)
h_1 = relu(z_1)
z_out = w_out @ vec(h_1) + b_out
```

### One step {{#step points=8}}

The probability is [[p]], the new weights are [[w_new]], the new bias is [[b_new]], and once more
$z_out =$ [[z_out]].

```working
p = sigmoid(z_out)
L = nll(sigmoid(z_out), +1)
w_new, b_new = sgd_step(L, [w_out, b_out], lr=1)
```

### Why {{#why points=3}}

```rubric
2  the gradient passes
1  it is cheap
```
"""
"""By hand: z_1 = [1 −1; −1 1], h_1 = [1 0; 0 1], z_out = 1 + 4 − 4 = 1; p = σ(1) = 0.73106."""

KEYS = {
    "forward/z_1": "[[1, -1], [-1, 1]]",
    "forward/h_1": "[[1, 0], [0, 1]]",
    "forward/z_out": "1",
    "step/p": "0.731",
    "step/w_new": "[1.269, 2, 3, 4.269]",
    "step/b_new": "-3.731",
    "step/z_out": "1",
    "why": "it is cheap",
}


@cache
def network(meta: str = ""):
    """Return the plan of the network, with more lines in its front matter."""
    return plan_of(NETWORK.format(meta=meta))


def marked(answers, meta: str = "", plan=None):
    """Return the marks of a script by blank, and the whole mark."""
    mark = mark_script(plan or network(meta), Script("ada", "", answers))
    return {blank.blank: blank for blank in mark.blanks}, mark
