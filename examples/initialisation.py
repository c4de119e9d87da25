"""Initialisation: how variances pass through layers, the variance of weights that keeps them, and a check.

python examples/initialisation.py
"""

import numpy as np

from tripos import nets
from tripos.graph import Program, constant, mean, named, relu, size, sqrt, symbol, vector
from tripos.graph.spaces import numpy as floats
from tripos.graph.steps import working

n_0, n_1, n_2 = size("n_0 n_1 n_2")

print("A relu passes half of the second moment of anything symmetric, such as these seven numbers.")
z = named(vector(-3, -2, -1, 0, 1, 2, 3), "z")
print(working(named(mean(z**2), "E(z²)"), named(mean(relu(z) ** 2), "E(h²)")))

print("\nForward through an MLP with relu: n inputs of a unit add up, and the relu halves.")
mlp = nets.MLP([n_0, n_1, n_2], nets.ReLU())
print(working(*nets.forward_moments(mlp)))

print("\nBackward, for the gradients δ = ∂L/∂z: n outputs add up, and the relu lets half through.")
print(working(*nets.backward_moments(mlp)))

print("\nThe variance of the weights that keeps these moments, solved for in the graph.")
layer = nets.Linear(n_0, n_1)
for name, activation, mode in [
    ("LeCun", nets.Tanh(), "fan_in"),
    ("Xavier", nets.Tanh(), "fan_avg"),
    ("He", nets.ReLU(), "fan_in"),
    ("He_back", nets.ReLU(), "fan_out"),
    ("leaky", nets.LeakyReLU(), "fan_in"),
]:
    print(working(named(nets.keeping_variance(layer, activation, mode), f"Var_{name}")))
print("Drawn uniformly from [−a, a], Xavier's weights have a² = 3 Var.")
xavier = named(nets.keeping_variance(layer, mode="fan_avg"), "Var_Xavier")
print(working(named(sqrt(3 * xavier), "a")).splitlines()[-1])

print("\nTen layers of 256 relu units: with Var(W) = 1/256 the signal dies, with He's 2/256 it stays.")
deep = nets.MLP([256] * 11, nets.ReLU())
for variance in (constant(1) / 256, constant(2) / 256):
    last = nets.forward_moments(deep, [variance] * 10, 1)[-1]
    print(working(last).splitlines()[-1])

print("\nThe same measured: the mean square of the outputs, over 30 networks from seeds and 20 inputs each.")
x = symbol("x", 256)
program = Program([deep(x)], floats, kernels=True)
data = np.random.default_rng(0).normal(size=(20, 256))
weights = deep.symbols()
for scheme in ("normal", "kaiming_normal"):
    squares = []
    for seed in range(30):
        drawn = nets.initialize(deep, seed, scheme)
        (out,) = program({x: data} | {weights[path]: value for path, value in drawn.items()})
        squares.append(np.mean(out**2))
    print(f"{scheme:14} {np.mean(squares):.5f}")

print("\nA residual MLP adds what it computes to what it has: each unit doubles the second moment.")
residual = nets.ResidualMLP(n_0, 2)
he = nets.keeping_variance(nets.Linear(n_0, n_0), nets.ReLU())
variances = [named(1 / n_0, "V"), named(he, "V_He")] * 2
print(working(*nets.forward_moments(residual, variances, 1)))
