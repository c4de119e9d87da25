"""Feed-forward systems: what they compute, how they learn, and every line of working.

python examples/feedforward.py
"""

from tripos import nets
from tripos.graph import (
    constant,
    cross_entropy,
    exact,
    grad,
    matrix,
    mse,
    named,
    nll,
    size,
    sum,
    symbol,
    vector,
)
from tripos.graph.steps import working

print("A perceptron learns three examples with labels +1, +1, −1; a score of 0 is a mistake.")
X, y = [[1, 2], [2, 0], [-1, 1]], [+1, +1, -1]
run = nets.perceptron_run(X, y)
print(working(*(node for update in run for node in update[1:])))

print("\nNo run makes more mistakes than Novikoff's theorem allows, here for w = (2, 1) and b = 0.")
mistakes = named(sum(vector(*(update.mistake for update in run))), "M")
bound = nets.novikoff_bound(named(matrix(X), "X"), y, named(vector(2, 1), "w"))
print(working(named(bound, "B")))
print(f"M = {exact(mistakes)} ≤ {exact(bound)}")

print("\nLogistic regression: the loss of a positive example, and its gradient (σ(z) − y) x.")
x = named(vector(1, 2), "x")
w, b = named(vector(1, -1), "w"), named(constant(1), "b")
L = named(nll(nets.LogisticRegression(2)(x, weights={"weight": w, "bias": b}), +1), "L")
print(working(*grad(L, [w, b])))

print("\nSoftmax regression, of class 2 of 3: ∂L/∂W = (p − y) xᵀ.")
W = named(matrix("1 0; 0 1; 1 1"), "W")
L = named(nll(nets.SoftmaxRegression(2, 3, bias=False)(x, weights={"weight": W}), 1), "L")
print(working(*grad(L, [W])))

print("\nThe same with symbols, in d inputs and k classes; the target sums to one.")
d, k = size("d k")
W, x_d, t = symbol("W", (k, d)), symbol("x", d), symbol("y", k)
z = named(W @ x_d, "z")
L = named(cross_entropy(z, t), "L")
print(working(grad(L, W)))

W_1, W_2 = named(matrix("1 0; 1 -1"), "W_1"), named(matrix("1 -2; 0 1"), "W_2")
weights = {"layers.0.weight": W_1, "layers.1.weight": W_2}
for activation in (nets.ReLU(), nets.Tanh(), nets.HardThreshold()):
    print(f"\nAn MLP with {type(activation).__name__}, forward and backward.")
    mlp = nets.MLP([2, 2, 2], activation, bias=False)
    L = named(cross_entropy(named(mlp(x, weights=weights), "z_2"), 0), "L")
    print(working(*grad(L, [W_2, W_1])))
print("The hard threshold is flat, so that nothing reaches the weights before it.")

print("\nA linear network computes what one matrix W = W₂ W₁ does, but it learns otherwise:")
print("a step of its factors changes their product by −η (W₂ W₂ᵀ G + G W₁ᵀ W₁), not by −η G.")
network = nets.linear_network([2, 2, 2])
product, _ = nets.collapse(network, weights=weights)
W, target = named(product, "W"), named(vector(1, 1), "y")
L_deep, L_flat = named(mse(network(x, weights=weights), target), "L"), named(mse(W @ x, target), "L")
G, (G_1, G_2) = named(grad(L_flat, W), "G"), grad(L_deep, [W_1, W_2])
print(working(G, G_1, G_2, named(W_2 @ W_2.T @ G + G @ W_1.T @ W_1, "G_deep")))

print("\nA residual MLP of two units x + W₂ relu(W₁ x), without biases.")
deep = nets.ResidualMLP(2, 2, bias=False)
weights = {
    "blocks.0.inner.layers.0.weight": [[1, 0], [1, -1]],
    "blocks.0.inner.layers.1.weight": [[1, -2], [0, 1]],
    "blocks.1.inner.layers.0.weight": [[0, 1], [1, 1]],
    "blocks.1.inner.layers.1.weight": [[1, 0], [0, -1]],
}
L = named(mse(named(deep(x, weights=weights), "x_2"), target), "L")
print(working(grad(L, x)))
