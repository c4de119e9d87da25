"""Convolution and pooling: what slides over what, how sizes follow, and how gradients come back.

python examples/convolution.py
"""

from tripos import nets
from tripos.graph import (
    avg_pool2d,
    constant,
    conv1d,
    conv2d,
    conv_transpose1d,
    exact,
    flip,
    global_avg_pool,
    grad,
    matrix,
    max_pool2d,
    named,
    nll,
    sigmoid,
    size,
    sum,
    symbol,
    vec,
    vector,
)
from tripos.graph.cost import macs
from tripos.graph.receptive import receptive_field
from tripos.graph.steps import working

x, k = named(vector(1, 2, 3, 4), "x"), named(vector(1, 0, 2), "k")

print("Deep learning slides the kernel as it is (cross-correlation), signal processing flips it first.")
print(working(named(conv1d(x, k), "z"), named(conv1d(x, flip(k)), "y")))

print("\nFull: every overlap.  Same: as many results as entries.  Valid: only where all of the kernel fits.")
print(
    working(
        *(named(conv1d(x, k, padding=word, flip=True), f"y_{word}") for word in ("full", "same", "valid"))
    )
)

print("\nA stride takes every second place, a dilation reads every second entry.")
a = named(vector(1, 2, 3, 4, 5, 6, 7), "a")
print(working(named(conv1d(a, k, stride=2), "z_s"), named(conv1d(a, k, dilation=2), "z_d")))

print("\nHow many results there are, in n entries, kernels of k, padding p, stride s; and dilated by d.")
n, k_size, p, s, d = size("n k p s d")
signal, filters = symbol("signal", n), symbol("filter", k_size)
for dilation in (1, d):
    (count,) = conv1d(signal, filters, s, p, dilation).shape
    print(working(named(count, "m")))

print("\nOf an image with two channels, a kernel for each; then a group for each, which sums over none.")
image = named(constant([[[1, 2, 0], [0, 1, 1], [2, 0, 1]], [[0, 1, 1], [1, 0, 0], [1, 1, 2]]]), "X")
K = named(constant([[[[1, 0], [0, 1]], [[0, 2], [1, 0]]]]), "K")
D = named(constant([[[[1, 0], [0, 1]]], [[[0, 2], [1, 0]]]]), "D")
print(working(named(conv2d(image, K), "Z"), named(conv2d(image, D, groups=2), "Z_D")))

print("\nWeights, and products for 32×32 pixels: ordinary, and depthwise with 1×1 to mix the channels.")
ordinary = nets.Conv2d(64, 128, 3, padding="same", bias=False)
split = nets.Sequential(
    nets.Conv2d(64, 64, 3, padding="same", groups=64, bias=False), nets.Conv2d(64, 128, 1, bias=False)
)
for name, layer in (("ordinary", ordinary), ("split", split)):
    count, products = nets.parameters(layer), macs(layer(symbol("X", (64, 32, 32))))
    print(f"{name:9} {int(exact(count)):8,} weights {int(exact(products)):12,} multiply-accumulates")

print("\nA transposed convolution stamps the kernel where a convolution would have read.")
u = named(vector(1, 2), "u")
print(working(named(conv_transpose1d(u, k), "v"), named(conv_transpose1d(u, k, stride=2), "v_2")))

print("\nSo it carries gradients back: that of the entries is a full convolution with ∂L/∂z.")
z = named(conv1d(x, k), "z")
L = named(sum(z**2), "L")
dx, dk = grad(L, [x, k])
print(working(dx, dk))
g = grad(L, z)
print(f"The same as a full convolution: {[int(v) for v in exact(conv1d(g, k, padding='full', flip=True))]}")

print("\nPooling: the largest entry or the mean of each window, side by side or overlapping.")
A = named(matrix("1 3 2 0; 4 2 1 1; 0 1 5 2; 2 2 0 3"), "A")
print(
    working(
        named(max_pool2d(A, 2), "P"),
        named(avg_pool2d(A, 2), "M"),
        named(max_pool2d(A, 2, stride=1), "O"),
        named(max_pool2d(A, 3, stride=2, padding=1), "Q"),
        named(global_avg_pool(A), "m"),
    )
)

print("\nThe gradient of a maximum goes to where it was, that of a mean to all alike.")
P, M = named(max_pool2d(A, 2), "P"), named(avg_pool2d(A, 2), "M")
print(working(grad(named(sum(P**2), "L"), A)))
print(working(grad(named(sum(M**2), "L"), A)))

print("\nTo flatten, row after row (as PyTorch does) or column after column (vec).")
B = named(matrix("1 2; 3 4"), "B")
print(working(named(nets.Flatten()(B), "r"), named(vec(B), "c")))

print("\nA small network: two filters, relu, max pooling, flatten, a logistic unit; and back.")
x_in = named(constant([[[1, 0, 2], [0, 1, 0], [2, 0, 1]]]), "x")
K, b = named(constant([[[[1, 2], [-1, 1]]], [[[1, 1], [0, 0]]]]), "K"), named(vector(-1, 0), "b")
w = named(vector(1, -1), "w")
z = named(nets.Conv2d(1, 2, 2)(x_in, weights={"weight": K, "bias": b}), "z")
h = named(nets.ReLU()(z), "h")
m = named(nets.Flatten()(nets.MaxPool2d(2)(h)), "m")
L = named(nll(sigmoid(named(w @ m, "z_out")), +1), "L")
print(working(*grad(L, [w, K, b])))

print("\nWhat a unit sees along a side of a photograph, through the first layers of AlexNet.")
photo = symbol("photo", (3, 227, 227))
features = photo
for layer in (
    nets.Conv2d(3, 96, 11, stride=4),
    nets.MaxPool2d(3, 2),
    nets.Conv2d(96, 256, 5, padding=2, groups=2),
    nets.MaxPool2d(3, 2),
):
    features = layer(features)
    name, maps = type(layer).__name__, "×".join(map(str, features.shape))
    field = receptive_field(features, photo)[1]
    print(f"{name:9} {maps:9} sees {field.size:2} pixels, {field.jump:2} from one unit to the next")
