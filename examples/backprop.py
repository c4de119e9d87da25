"""A small convolutional network: its forward pass, its gradients, and every line of working.

python examples/backprop.py
"""

from tripos.graph import conv2d, grad, matrix, named, nll, relu, sigmoid, vec, vector
from tripos.graph.steps import working

# The data: an image, a filter, the weights that read out.  Names are what the lines are written with.
x = named(matrix("1 0 1; 0 1 0; 1 0 1"), "x")
K = named(matrix("-1 -2; 1 2"), "K_1")
w = named(vector(1, 2, 3, 4), "w_out")

# The network.  Each node is immutable, and is computed only when a value is asked for.
z = named(conv2d(x, K), "z_1")
h = named(relu(z), "h_1")
z_out = named(w @ vec(h) - 5, "z_out")
L = named(nll(sigmoid(z_out), +1), "L")

# Gradients are nodes as well: they print, evaluate and differentiate like any other.
gradients = grad(L, [K, w])

print(working(L, *gradients))
