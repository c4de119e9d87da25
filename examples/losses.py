"""Losses and penalties: what each costs, and the gradient that comes of it.

python examples/losses.py
"""

from tripos.graph import (
    bce_with_logits,
    cross_entropy,
    declared,
    elastic_net_penalty,
    entropy,
    grad,
    hinge,
    huber_loss,
    kl_bernoulli,
    kl_categorical,
    kl_normal,
    l1_penalty,
    l2_penalty,
    label_smoothing,
    lift,
    log,
    matrix,
    mse,
    multiclass_hinge,
    named,
    onehot,
    perceptron_loss,
    sigmoid,
    size,
    symbol,
    vector,
)
from tripos.graph.steps import working


def lines(loss, *wrt):
    """Print the working of a loss and of its gradients."""
    loss = named(loss, "L")
    print(working(loss, *(grad(loss, at) for at in wrt)))


print("Logistic regression, for vectors of any size d.")
d = size("d")
w, x, b = symbol("w", d), symbol("x", d), symbol("b")
lines(-log(sigmoid(w @ x + b)), w, b)

print("\nCross-entropy of three classes: the gradient in the logits is p − y.")
z = named(vector(2, 0, -1), "z")
y = named(onehot(1, 3), "y")
lines(cross_entropy(z, y), z)

print("\nSmoothed labels: a tenth of the mass goes to the uniform distribution.")
t = named(label_smoothing(y, 0.1), "t")
lines(cross_entropy(z, t), z)

print("\nA batch of two examples, and their mean.")
Z = named(matrix("2 0 -1; 0 1 1"), "Z")
lines(cross_entropy(Z, named(matrix("0 1 0; 1 0 0"), "Y")), Z)

print("\nThree yes-or-no targets, from their logits.")
a = named(vector(0, 1, -1), "a")
lines(bce_with_logits(a, named(vector(1, 0, 0.5), "y")), a)

print("\nMargins of a score: hinge, perceptron, and the hinge of several classes.")
s = named(vector(0.5, -2, 1), "s")
labels = named(vector(1, 1, -1), "y")
lines(hinge(s, labels, reduction="sum"), s)
lines(perceptron_loss(s, labels, reduction="sum"), s)
lines(multiclass_hinge(s, 0), s)

print("\nErrors: squared, with ½, and Huber's, which an outlier pulls at no harder than δ.")
p, target = named(vector(1, 2, 9), "p"), named(vector(1, 1, 1), "t")
with declared({"half": "with 1/2", "mean": "sum"}):
    lines(mse(p, target), p)
lines(huber_loss(p, target, 2, reduction="sum"), p)

print("\nPenalties on weights.")
v = named(vector(3, -4), "v")
with declared({"half": "with 1/2"}):
    lines(l2_penalty(v), v)
    lines(l1_penalty(v), v)
    lines(elastic_net_penalty(v, l1=0.1, l2=0.2), v)

print("\nDivergences of normals, of distributions and of coins; an entropy in bits.")
mu, sigma = named(vector(1, 0), "mu"), named(vector(1, 2), "sigma")
print(working(named(kl_normal(mu, sigma), "KL"), *grad(named(kl_normal(mu, sigma), "KL"), [mu, sigma])))
q, r = named(vector(1, 0), "q"), named(vector(0.25, 0.75), "r")
print(working(named(kl_categorical(q, r), "D")))
print(working(named(kl_bernoulli(named(lift(0.25), "q"), named(lift(0.5), "p")), "D")))
with declared({"log": "2"}):
    print(working(named(entropy(named(vector(0.5, 0.25, 0.25), "p")), "H")))
