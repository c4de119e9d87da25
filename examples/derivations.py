"""Derivations in matrix notation: gradients whose sizes are symbols, backpropagation through time, gates.

python examples/derivations.py
"""

from tripos.graph import dot, kl_normal, lift, log, named, sigmoid, size, softmax, symbol, tanh
from tripos.graph.deriving.agreement import agreement
from tripos.graph.deriving.derivation import derivation
from tripos.press.derivation import terminal


def show(title, of, *wrt, **options):
    """Print a derivation: names, expressions, shapes and rules, and how it was checked."""
    found = derivation(of, wrt, **options)
    print(f"{title}\n{'─' * len(title)}")
    print(terminal(found, agreement(found), width=110))


d, k, m = size("d k m")
x, y = symbol("x", d), symbol("y")

# -- a multilayer perceptron: the result of each layer has a name, as on a blackboard --
W1, b1, W2, b2 = symbol("W1", (m, d)), symbol("b1", m), symbol("W2", (k, m)), symbol("b2", k)
z1 = named(W1 @ x + b1, "z1")
h = named(tanh(z1), "h")
z2 = named(W2 @ h + b2, "z2")
p = named(softmax(z2), "p")
target = symbol("y", k, "distribution")
show("Softmax, cross-entropy and one hidden layer", named(-dot(target, log(p)), "L"), W1, b1, W2, b2)

# -- names that nobody gave are found --
w, b = symbol("w", d), symbol("b")
show("A logistic unit, the true class being 1", -log(sigmoid(w @ x + b)), w, b)

# -- why cross-entropy goes with a sigmoid --
a = symbol("a")
f = named(sigmoid(a), "f")
show("Squared error behind a sigmoid: the slope f (1 − f) stays", named((f - y) ** 2, "L_MSE"), a)
show("Cross-entropy: it cancels", named(-(y * log(f) + (1 - y) * log(1 - f)), "L_CE"), f, a)

# -- the term of a variational auto-encoder --
mu1, mu2 = symbol("mu1", d), symbol("mu2", d)
sigma1, sigma2 = symbol("sigma1", d, "positive"), symbol("sigma2", d, "positive")
show(
    "The divergence of two diagonal Gaussians",
    named(kl_normal(mu1, sigma1, mu2, sigma2), "D"),
    mu1,
    sigma1,
    mu2,
    sigma2,
)

# -- backpropagation through time: weights collect a share from each step --
W, U, v = symbol("W", (m, m)), symbol("U", (m, d)), symbol("v", m)
state = symbol("h0", m)
for t in (1, 2, 3):
    state = named(tanh(W @ state + U @ symbol(f"x{t}", d)), f"h{t}")
show("A recurrent network over three steps", named((v @ state - y) ** 2 / 2, "L"), W, U)

# -- one step back in a scalar recursion: ∂L/∂h₁ from ∂L/∂h₂ --
u = symbol("u")
states = [symbol("h0")]
for t in (1, 2, 3):
    states.append(named(sigmoid(u * states[-1]) - lift(1) / 2, f"h{t}"))
show("A scalar recursion with a shifted sigmoid", named((states[-1] - y) ** 2, "L"), states[1])

# -- a variant of the LSTM, all scalar: what remains of x₀ in the cell one step later --
P = {name: symbol(name) for name in "W_f U_f b_f W_o U_o b_o W_c U_c b_c x_0 x_1 h_before c_before".split()}


def step(x, h, c, t):
    """Return the gates f and o, what is written, the cell and the output: c = f (1 − f) c_before + g."""
    f = named(sigmoid(P["W_f"] * x + P["U_f"] * h + P["b_f"]), f"f_{t}")
    o = named(sigmoid(P["W_o"] * x + P["U_o"] * h + P["b_o"]), f"o_{t}")
    g = named(tanh(P["W_c"] * x + P["U_c"] * h + P["b_c"]), f"g_{t}")
    c = named(f * (1 - f) * c + g, f"c_{t}")
    return [f, o, g, c, named(o * tanh(c), f"h_{t}")]


first = step(P["x_0"], P["h_before"], P["c_before"], 0)
second = step(P["x_1"], first[-1], first[-2], 1)
show(
    "A scalar variant of the LSTM",
    second[3],
    P["x_0"],
    order=[*first, *second[:3]],
    longest=400,
)
