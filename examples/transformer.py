"""A transformer: one encoder layer line by line, a decoder, a GPT-like stack, and what they cost.

python examples/transformer.py
"""

import numpy as np

from tripos import nets
from tripos.graph import causal_mask, floats, matrix, named, size, symbol, write
from tripos.graph.cost import macs
from tripos.graph.growth import growth
from tripos.graph.node import as_dim
from tripos.graph.steps import working
from tripos.graph.values import Values, show

IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
attends = {"in_proj_weight": IDENTITY * 3, "out_proj.weight": IDENTITY}  # W_Q, W_K, W_V and W_O
feeds = {"linear1.weight": [[1, 0, 0], [0, 1, -1]], "linear2.weight": [[1, 0], [0, 1], [0, 0]]}
norms = {f"norm{i}.weight": [1, 1, 1] for i in (1, 2, 3)}
sizes = {"d_model": 3, "nhead": 1, "dim_feedforward": 2, "dropout": 0, "layer_norm_eps": 0, "bias": False}

print("An encoder layer reads two words: attention, then a network, each with a residual and a norm.")
X = named(matrix("2 0 1; 0 1 0"), "X")
encoder = nets.TransformerEncoderLayer(**sizes)
weights = {f"self_attn.{name}": value for name, value in attends.items()} | feeds | norms
Y = encoder(X, weights={name: weights[name] for name in encoder.weights()})
print(working(named(Y, "Y")))

print("\nA decoder layer writes one word; it attends to what was written, then to what the encoder put out.")
decoder = nets.TransformerDecoderLayer(**sizes)
weights |= {f"multihead_attn.{name}": value for name, value in attends.items()}
memory = named(matrix("1 0 0; 0 1 0"), "M")
Y = decoder(named(matrix("3 1 2"), "X"), memory, causal_mask(1), weights=weights)
print(working(named(Y, "Y")))

print("\nA GPT-like model is a stack of encoder layers, norm first, under a causal mask.")
print("When the third of four words changes, so do the outputs from there on, and none before:")
layer = nets.TransformerEncoderLayer(8, nhead=2, dim_feedforward=32, activation="gelu", norm_first=True)
gpt = nets.TransformerEncoder(layer, 2, nets.LayerNorm(8))
y = gpt(symbol("x", (4, 8)), causal_mask(4), weights=nets.initialize(gpt, seed=0))
words = np.random.default_rng(0).normal(size=(4, 8))
changed = words.copy()
changed[2] = 0
change = np.abs(floats(y, x=words) - floats(y, x=changed)).max(1)
print("largest change of each output:", *change.round(3))

print("\nGPT-2 small without its embeddings:")
layer = nets.TransformerEncoderLayer(768, 12, 3072, activation="gelu", norm_first=True)
small = nets.TransformerEncoder(layer, 12, nets.LayerNorm(768))
cost = macs(small(symbol("x", (1024, 768)), causal_mask(1024)))
print(f"parameters = {as_dim(nets.parameters(small)):,}")
print(f"multiply-accumulates for 1024 words = {as_dim(cost):,}")

print("\nVaswani's transformer of width d reads M words and writes N.")
M, N, d = size("M N d")
vaswani = nets.Transformer(d, nhead=8, dim_feedforward=4 * d)
cost = macs(vaswani(symbol("X", (M, d)), symbol("Y", (N, d)), None, causal_mask(N)))
order = growth(cost, M, N)
print(f"parameters = {write(as_dim(nets.parameters(vaswani))).text}")
print(f"multiply-accumulates = {write(cost).text}")
print(f"With the lengths that grows as {show(order, Values()[order]).text}: like the square of the longer.")
