"""Generative adversarial networks: the game, why its first form saturates, and where it ends.

python examples/gan.py
"""

from tripos import nets
from tripos.graph import grad, js_divergence, lift, log, named, symbol, vector
from tripos.graph.node import schedule
from tripos.graph.steps import working

print("Two losses for the generator, and their slopes in the discriminator's logit of what it made.")
model = nets.GAN(nets.Linear(1, 1), nets.Linear(1, 1))
z = symbol("z", 1, "normal")
for loss in (model.minimax_loss(z), model.non_saturating_loss(z)):
    logit = next(node for node in schedule([loss]) if node.name == "a_fake")
    print(working(named(loss, "L"), grad(named(loss, "L"), logit)))

print("\nWhere the discriminator is sure, at a = −5, the first has next to no slope.")
for loss in (lambda a: log(1 - nets.Sigmoid()(a)), lambda a: -log(nets.Sigmoid()(a))):
    a = named(lift(-5), "a")
    L = named(loss(a), "L")
    print(working(grad(L, a), places=4))

print("\nA game of numbers: G(z) = 2 z + 1 against D(x) = σ(x − 2), for x = 4 and z = −1.")
weights = {
    "generator.weight": named(lift([[2]]), "G"),
    "generator.bias": [1],
    "discriminator.weight": [[1]],
    "discriminator.bias": [-2],
}
x, z = named(vector(4), "x"), named(vector(-1), "z")
L_D = named(model.discriminator_loss(x, z, weights=weights), "L_D")
L_G = named(model.non_saturating_loss(z, weights=weights), "L_G")
print(working(L_D, L_G, grad(L_G, weights["generator.weight"]), places=4))

print("\nOver three values of x all is known: the best discriminator, and the value of the game against it.")
p, q = named(vector(0.5, 0.5, 0), "p"), named(vector(0, 0.5, 0.5), "q")
best = named(nets.optimal_discriminator(p, q), "D")
print(working(named(nets.gan_value(p, q, best), "V")))
print("It is −log 4 + 2 JSD:")
print(working(named(-log(lift(4)) + 2 * named(js_divergence(p, q), "JSD"), "V")))
print("A generator that matches the data brings it down to −log 4.")
p = named(vector(0.5, 0.25, 0.25), "p")
print(working(named(nets.gan_value(p, p, named(nets.optimal_discriminator(p, p), "D")), "V")))
