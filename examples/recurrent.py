"""Recurrent networks, written out step by step: an RNN, an LSTM, a GRU, an LSTM variant, and attention.

python examples/recurrent.py
"""

from fractions import Fraction

from tripos import nets
from tripos.graph import exact, matrix, named, recurrence, sigmoid, sum, symbol, tanh, unroll, vector
from tripos.graph.gradient_flow import passages, rates, threshold
from tripos.graph.reverse import derivatives
from tripos.graph.steps import working

print("A relu RNN reads three words.  One definition is scanned in training; unroll writes it out.")
x = named(matrix("1 0; 0 1; 1 1"), "x")
W, U = named(matrix("1 0; -1 1"), "W"), named(matrix("1 2; 0 1"), "U")
rnn = nets.RNN(2, 2, nonlinearity="relu", bias=False)
outputs, last = rnn(x, weights={"weight_ih_l0": U, "weight_hh_l0": W})
print(working(unroll(outputs)[2]))

print("\nTwo steps of an LSTM with one unit, each gate a line.")
gates = {"weight_ih_l0": [[1], [2], [1], [0]], "weight_hh_l0": [[0], [1], [1], [1]]}
outputs, (h, c) = nets.LSTM(1, 1, bias=False)(named(matrix("1; 0"), "x"), weights=gates)
print(working(named(unroll(outputs)[1], "y"), places=4))

print("\nOne step of a GRU.")
cell = nets.GRUCell(1, 1, bias=False)
h = cell(
    named(vector(1), "x"),
    named(vector(2), "h_0"),
    weights={"weight_ih": [[1], [0], [1]], "weight_hh": [[0], [0], [1]]},
)
print(working(h, places=4))

print("\nA variant written freely: the forget gate scales the cell by f(1 − f).  Then its way back one step.")
w_f, w_x, c_0, stream = symbol("w_f"), symbol("w_x"), symbol("c_0"), symbol("x", 3)


def variant(c, x):
    """Return the next cell of a scalar LSTM variant."""
    f = named(sigmoid(w_f * x), "f")
    g = named(tanh(w_x * x + c), "g")
    return named(f * (1 - f) * c + f * g, "c")


cells = unroll(recurrence(variant, c_0, stream, name="c"))
first, second, third = cells.args
print(working(second, *derivatives(second, [first])))

print("\nWhere a shifted logistic unit stops vanishing and begins to explode.")
alpha, state = symbol("alpha"), symbol("h")
step = sigmoid(alpha * state) - Fraction(1, 2)
print(f"The slope at rest is 1 at α = {exact(threshold(step, state, alpha))}.")
states = [state]
for _ in range(20):
    states.append(sigmoid(alpha * states[-1]) - Fraction(1, 2))
for weight in (2, 4, 6):
    passed = passages(states, {alpha: weight, state: 0})
    print(f"α = {weight}: a factor of {rates(passed):.3g} a step, {passed[-1].norm:.3g} over 20 steps")

print("\nAdditive attention of a decoder's state over three encoder states.")
attention = nets.AdditiveAttention(1, 2, 1)
keys = named(matrix("1 0; 0 1; 1 1"), "H")
query = named(vector(0), "s")
alpha = attention(query, keys, weights={"query": [[1]], "key": [[1, -1]], "score": [1]})
print(working(named(sum(alpha * vector(1, 0, 0)), "share_1"), places=4))
