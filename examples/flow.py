"""Normalising flows: where a vector goes, by how much the volume changes, and the way back.

python examples/flow.py
"""

from tripos import nets
from tripos.graph import lift, named, symbol, vector
from tripos.graph.steps import working

print("A planar flow, for vectors of any size: along u, by how far wᵀ z + b is.")
planar = nets.PlanarFlow(2)
z = symbol("z", 2)
moved, log_det = planar(z)
print(working(named(moved, "y"), named(log_det, "logdet")))

print("\nAn autoregressive net: m₁ and s₁ depend on nothing, m₂ and s₂ on z₁ only.")
net = nets.MADE(2, ())
weights = {
    "net.layers.0.weight": named(lift([[5, 5], [2, 5], [5, 5], [0, 5]]), "W"),
    "net.layers.0.bias": named(vector(1, 0, 0, 0), "b"),
}
for row in net.layers[0].mask:
    print(" ".join(map(str, row)))

print("\nInverse autoregressive flow: all entries move at once, and gates σ mix old and new.")
flow = nets.InverseAutoregressiveFlow(net)
z = named(vector(3, 1), "z")
moved, log_det = flow(z, weights=weights)
moved = named(moved, "y")
print(working(moved, named(log_det, "logdet")))

print("\nThe way back is one entry after the other.")
back, log_det = flow.inverse(named(vector(2, 3.5), "y"), weights=weights)
print(working(named(back, "z")))

print("\nThe masked autoregressive flow the other way round gives a density at once.")
density = nets.MaskedAutoregressiveFlow(net)
print(working(named(density.log_density(named(vector(2, 3), "x"), weights=weights), "log_p"), places=4))

print("\nAn affine coupling leaves the first entry, which says how to scale and shift the second.")
coupling = nets.AffineCoupling(nets.Linear(1, 2, bias=False), 2, 1)
weights = {"net.weight": named(lift([[1], [2]]), "W")}
moved, log_det = coupling(named(vector(1, 3), "z"), weights=weights)
print(working(named(moved, "y"), named(log_det, "logdet")))
