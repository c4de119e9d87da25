"""Auto-encoders, worked by hand: under-complete, sparse, denoising and convolutional.

python examples/autoencoder.py
"""

from tripos import nets
from tripos.graph import declared, exact, grad, lift, named, symbol, vector
from tripos.graph.node import show_shape
from tripos.graph.steps import working

# Three numbers through a code of two.  Weights go by PyTorch's names; here they are written W and V.
weights = {
    "encoder.weight": named(lift([[1, 0, 1], [0, 1, -1]]), "W"),
    "decoder.weight": named(lift([[1, 0], [0, 1], [1, 0]]), "V"),
}
encoder, decoder = nets.Linear(3, 2, bias=False), nets.Linear(2, 3, bias=False)
x = named(vector(1, 2, 0), "x")

print("An under-complete auto-encoder: a code of two numbers for three, and the error of what comes back.")
with declared({"half": "with 1/2", "mean": "sum"}):
    L = named(nets.AutoEncoder(encoder, decoder).loss(x, weights=weights), "L")
print(working(L, *grad(L, [weights["decoder.weight"], weights["encoder.weight"]])))

print("\nA sparse one pays for each unit that is on: half of Σ |h|.")
with declared({"half": "with 1/2", "mean": "sum"}):
    model = nets.SparseAutoEncoder(encoder, decoder, coefficient=0.5)
    L = named(model.loss(x, weights=weights), "L")
print(working(L, grad(L, weights["encoder.weight"])))

print("\nOr for units that are on more often than one time in ten, over four examples.")
model = nets.SparseAutoEncoder(encoder, decoder, rho=0.1)
h = named(lift([[0.9, 0.1], [0.1, 0], [0.8, 0.2], [0.2, 0.1]]), "H")
print(working(named(model.penalty(h), "Omega"), places=4))

print("\nA denoising one sees a corrupted input, and is compared with the clean one.")
model = nets.DenoisingAutoEncoder(encoder, decoder, corruption="masking")
with declared({"half": "with 1/2", "mean": "sum"}):
    L = named(model.loss(x, noise=named(vector(1, 0, 1), "m"), weights=weights), "L")
print(working(L))

print("\nA convolutional one: the transposed convolution puts back what the stride left out.")
image = named(lift([[[1, 2], [3, 4]]]), "X")
kernels = {
    "encoder.weight": named(lift([[[[1, 0], [0, 1]]]]), "K"),
    "decoder.weight": named(lift([[[[0.5, 0], [0, 0.5]]]]), "U"),
}
model = nets.AutoEncoder(
    nets.Conv2d(1, 1, 2, stride=2, bias=False), nets.ConvTranspose2d(1, 1, 2, stride=2, bias=False)
)
print(working(named(model.loss(image, weights=kernels), "L")))

print("\nIts sizes, from 1×28×28 down to 8×7×7 and back up.")
deep = nets.AutoEncoder(
    nets.Sequential(nets.Conv2d(1, 4, 3, stride=2, padding=1), nets.ReLU(), nets.Conv2d(4, 8, 3, 2, 1)),
    nets.Sequential(nets.ConvTranspose2d(8, 4, 2, 2), nets.ReLU(), nets.ConvTranspose2d(4, 1, 2, 2)),
)
X = symbol("X", (1, 28, 28))
for what, node in (("code", deep.encode(X)), ("reconstruction", deep(X))):
    print(f"{what}: {show_shape(node.shape)}")
print(f"parameters: {exact(nets.parameters(deep))}")
