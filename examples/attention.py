"""Scaled dot-product attention, its masks, several heads, and its usual mistakes, line by line.

python examples/attention.py
"""

from tripos import nets
from tripos.graph import (
    attention,
    attention_weights,
    causal_mask,
    contract,
    exact,
    floats,
    grad,
    matrix,
    mse,
    named,
    padding_mask,
    size,
    softmax,
    sqrt,
    sum,
    symbol,
    vector,
    write,
)
from tripos.graph.cost import macs
from tripos.graph.slips import slips
from tripos.graph.steps import working

print("One query attends to three keys; the weights average the values.")
q = named(vector(2, -1), "q")
K, V = named(matrix("1 0; 0 1; 1 1"), "K"), named(matrix("4 0; 0 4; 2 2"), "V")
a = named(attention_weights(q, K), "a")
print(working(named(V.T @ a, "c")))

print("\nSelf-attention of three words.  A causal mask lets none of them see what comes later.")
X = named(matrix("1 0; 0 1; 1 1"), "X")
A = named(attention_weights(X, X, causal_mask(3)), "A")
print(working(named(A @ X, "C")))

print("\nThe third word is padding: nobody sees it.")
A = named(attention_weights(X, X, padding_mask(2, 3)), "A")
print(working(named(A @ X, "C")))

print("\nTwo heads, each with a part of the width: what PyTorch calls MultiheadAttention.")
print("P holds queries, keys and values side by side.")
weights = {
    "in_proj_weight": [
        [1, 0],
        [0, 1],
        [1, 0],
        [1, 1],
        [2, 0],
        [0, 1],
    ],  # W_Q, W_K and W_V one above the other
    "out_proj.weight": [[1, 1], [0, 1]],
}
output, _ = nets.MultiheadAttention(2, 2, bias=False)(X, X, X, causal_mask(3), weights=weights)
print(working(named(output, "Y")))

print("\nBackward: the gradients of attention, in matrices of any size.")
m, n, d, e = size("m n d e")
Q, K_n, V_n = symbol("Q", (m, d)), symbol("K", (n, d)), symbol("V", (n, e))
S = named(contract("md,nd->mn", Q, K_n) / sqrt(d), "S")
C = named(named(softmax(S), "A") @ V_n, "C")
L = named(sum(C * symbol("T", (m, e))), "L")
print(working(*grad(L, [V_n, Q, K_n])))
print(f"Forward, that takes {write(macs(C)).text} multiply-accumulates.")

print("\nOne step of learning: the gradient of a loss with respect to the query.")
L = named(mse(named(attention(q, K, V), "c"), vector(2, 1)), "L")
print(working(grad(L, q)))

print("\nWhat the usual mistakes would have made of the causal weights, second row:")
words = matrix("1 0; 0 1; 1 1; 2 0")
A = attention_weights(words, words, causal_mask(4))
print(f"{'right':26}", floats(A)[1].round(3))
for slip in slips(A):
    if slip.at is A:
        print(f"{slip.mistake:26}", floats(slip.node)[1].round(3))

print("\nA query of zeros attends to all keys alike:", *exact(attention_weights([0, 0], K)))
