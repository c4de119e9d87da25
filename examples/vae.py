"""Variational auto-encoders: divergences, samples that gradients pass through, and exact bounds.

python examples/vae.py
"""

from tripos import nets
from tripos.graph import (
    elbo,
    grad,
    gumbel_noise,
    gumbel_softmax,
    kl_categorical,
    kl_log_variance,
    kl_normal,
    lift,
    log_evidence,
    named,
    posterior,
    reparameterize,
    sum,
    symbol,
    vector,
)
from tripos.graph.steps import working

print(
    "KL of a normal from N(0, 1), for any mean and deviation: it is 0 at μ = 0, σ = 1, where both slopes are."
)
mu, sigma = symbol("mu"), symbol("sigma", domain="positive")
KL = named(kl_normal(mu, sigma), "KL")
print(working(KL, *grad(KL, [mu, sigma])))

print("\nWith s = log σ², as an encoder gives it.")
s = symbol("s")
KL = named(kl_log_variance(mu, s), "KL")
print(working(KL, *grad(KL, [mu, s])))

print("\nBetween two normals; the divergence the other way is another number.")
one, other = (
    (named(lift(1), "mu_1"), named(lift(2), "sigma_1")),
    (named(lift(0), "mu_2"), named(lift(3), "sigma_2")),
)
print(working(named(kl_normal(*one, *other), "KL_12"), named(kl_normal(*other, *one), "KL_21")))

print("\nReparameterisation: the gradient passes through the sample to its mean and deviation.")
mu, sigma = named(vector(1, -1), "mu"), named(vector(0.5, 2), "sigma")
z = named(reparameterize(mu, sigma, named(vector(1, -0.5), "epsilon")), "z")
L = named(sum(z**2), "L")
print(working(L, *grad(L, [mu, sigma])))

print("\nA latent of three values: the bound, and the same as the evidence less a divergence.")
prior, fit = named(vector(0.5, 0.25, 0.25), "p_z"), named(vector(0.1, 0.2, 0.8), "p_x")
q = named(vector(0.25, 0.25, 0.5), "q")
true = named(posterior(fit, prior), "r")
print(working(named(elbo(q, fit, prior), "ELBO")))
gap = named(kl_categorical(q, true), "gap")
print(working(named(named(log_evidence(fit, prior), "E") - gap, "ELBO")))

print("\nA VAE with one latent and two pixels: the bound from one sample.")
model = nets.VAE(nets.Linear(2, 2), nets.Linear(1, 2))
weights = {
    "encoder.weight": [[1, 1], [0, 0]],
    "encoder.bias": [-1, 0],
    "decoder.weight": [[2], [-1]],
    "decoder.bias": [0, 1],
}
x, epsilon = named(vector(1, 0), "x"), named(vector(0.5), "epsilon")
ELBO = named(model.elbo(x, epsilon, weights=weights), "ELBO")
print(working(ELBO, places=4))

print("\nOne with two bits: the bound is a sum over their four states.")
model = nets.BernoulliVAE(nets.Linear(2, 2, bias=False), nets.Linear(2, 2))
weights = {
    "encoder.weight": [[0, 1], [0, 2]],
    "decoder.weight": [[1, -1], [0, 2]],
    "decoder.bias": [0, -1],
}
print(working(named(model.elbo(x, weights=weights), "ELBO"), places=4))

print("\nA class, relaxed: softmax of logits and Gumbel noise, the nearer to one-hot the smaller τ is.")
a, g = named(vector(2, 1, 0), "a"), named(gumbel_noise(vector(0.5, 0.9, 0.2)), "g")
for tau in (1, 0.5):
    print(working(named(gumbel_softmax(a, g, tau), "z"), places=4))
