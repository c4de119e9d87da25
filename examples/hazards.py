"""What backpropagation keeps, which writes in place break it, and the mistakes that people make.

python examples/hazards.py
"""

from tripos.graph import (
    conv2d,
    cross_entropy,
    exp,
    floats,
    log,
    matrix,
    named,
    relu,
    sigmoid,
    sin,
    softmax,
    sum,
    symbol,
    tanh,
)
from tripos.graph.hazards import ambiguous, kept, overwrites, stored
from tripos.graph.notation import write
from tripos.graph.slips import slips

print("What the derivative of an operation reads, found by asking its rule.")
x, z = symbol("x"), symbol("z", 3)
for node in (x + 1, exp(x), tanh(x), sigmoid(x), softmax(z), log(x), relu(x), x**2, sin(x)):
    print(f"{write(node).text} reads {kept(node)}")

print("\nWhat a forward pass must store for the gradients of an MLP.")
W, V, v = symbol("W", (2, 3)), symbol("V", (2, 2)), symbol("v", 3)
z = named(W @ v, "z")
h = named(tanh(z), "h")
s = named(V @ h, "s")
L = named(cross_entropy(s, 1), "L")
print("stored = " + ", ".join(write(node).text for node in stored(L, [W, V])))

print("\nWriting a result over its argument.  Some gradients break, and a witness shows it.")
y = named(x**2 / 2, "y")
print(*overwrites(y, [x], {x: y}))
y = named(sin(x), "y")
print(*overwrites(y, [x], {x: y}))
y = named(tanh(x), "y")
print(*overwrites(y, [x], {x: y}))

print("\nCould the sine's output be kept instead?  It tells the derivative only up to its sign.")
found = ambiguous(sin)
a, b = found.inputs
print(
    f"sin({a:.4f}) = sin({b:.4f}) = {found.output:.4f}, but the slopes are {found.derivatives[0]:+.4f} and",
    end="",
)
print(f" {found.derivatives[1]:+.4f}")
print(f"for tanh no two such inputs are found: {ambiguous(tanh)}")

print("\nThe usual mistakes in a convolution and a ReLU, and what each leads to.")
image, kernel = matrix("1 0 2; 0 1 0; 3 0 1"), matrix("1 2; 0 -3")
total = named(sum(relu(conv2d(image, kernel))), "y")
print(f"y = {floats(total):g}")
for slip in slips(total):
    print(f"{slip.mistake}: y = {floats(slip.node):g}")
