"""Tokens become vectors: an embedding and its gradient, padding, and the sines and cosines of positions.

python examples/embedding.py
"""

from tripos import nets
from tripos.graph import grad, lift, matrix, named, onehot, positional_encoding, sum, symbol
from tripos.graph.steps import working

print("An embedding picks the rows of a table; ids count from 0.")
E = named(matrix("1 2; 3 4; 5 6"), "E")
X = named(nets.Embedding(3, 2)([2, 0, 2], weights={"weight": E}), "X")
print(working(X))

print("\nIt is a product with one-hot rows, which nobody multiplies out.")
print(working(named(onehot(named(lift([2, 0, 2]), "w"), 3) @ E, "X")))

print("\nSo its gradient adds up the rows that belong to one id.")
L = named(sum(X * matrix("1 1; 2 3; 0 1")), "L")
print(working(grad(L, E)))

print("\nThe vector of padding is zero and stays so.")
padded = nets.Embedding(3, 2, padding_idx=0)([1, 0], weights={"weight": E})
print(working(named(padded, "X"), grad(named(sum(padded), "L"), E)))

print("\nPositions are encoded by sines and cosines, exactly (here with base 100 instead of 10,000).")
P = named(positional_encoding(3, 4, base=100), "P")
print(working(P))
print("They are added to the vectors of the tokens:", nets.PositionalEncoding(4)(symbol("X", (3, 4))))
