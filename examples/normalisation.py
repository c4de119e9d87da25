"""Layer norm, batch norm in training and in testing, and RMS norm: values, running statistics, gradients.

python examples/normalisation.py
"""

from tripos import nets
from tripos.graph import grad, matrix, mean, named, sqrt, standardize, sum, vector
from tripos.graph.steps import working

print("Layer norm: the entries of one example, less their mean, in units of their standard deviation.")
x = named(vector(4, 6, -2, 12), "x")
mu = named(mean(x), "mu")
v = named(mean((x - mu) ** 2), "sigma²")
print(working(named((x - mu) / sqrt(v), "y")))

print("\nThe layer does the same in one line, with a gain γ and a bias β for each entry.")
gamma, beta = named(vector(5, 5, 10, 10), "gamma"), named(vector(0, 1, 0, 1), "beta")
layer = nets.LayerNorm(4, eps=0)
print(working(named(layer(x, weights={"weight": gamma, "bias": beta}), "y")))

print("\nIts gradient: that of the loss, less its mean, less its part along y, in the same units.")
y = named(standardize(x), "y")
L = named(sum(vector(1, 0, 2, 1) * y), "L")
print(working(grad(L, x)))

print("\nBatch norm in training: the entries of each column of a batch of four.")
X = named(matrix("1 4; 5 6; 5 -2; 1 12"), "X")
batch_norm = nets.BatchNorm1d(2, eps=0)
affine = {"weight": named(vector(1, 5), "gamma"), "bias": named(vector(0, 1), "beta")}
with nets.training():
    print(working(named(batch_norm(X, weights=affine), "Y")))

print("\nThe running statistics move by a tenth; their variance is the one with n − 1.")
state = {"running_mean": named(vector(1, 1), "mu"), "running_var": named(vector(1, 1), "v")}
after = batch_norm.updated(state | {"num_batches_tracked": 0}, X)
mu_new, v_new = named(after["running_mean"], "mu_new"), named(after["running_var"], "v_new")
print(working(mu_new, v_new))

print("\nBatch norm in testing takes these instead of a batch.")
running = {"running_mean": [3, 2], "running_var": [4, 9]}
print(working(named(batch_norm(named(vector(5, 8), "x"), weights=affine | running), "y")))

print("\nRMS norm subtracts no mean.")
x = named(vector(1, -7, 5, 5), "x")
print(working(named(nets.RMSNorm(4, elementwise_affine=False)(x), "y")))
