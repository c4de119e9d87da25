"""Dropout: masks in training, two conventions, and the ensemble of all thinned networks, exactly.

python examples/dropout.py
"""

from tripos import nets
from tripos.graph import declared, exact, floats, lift, log_softmax, matrix, named, softmax, symbol, vector
from tripos.graph.steps import working

print("In training each unit is dropped by chance, and those that are kept are scaled up.")
x, m = named(vector(2, 4, 6, 8), "x"), named(vector(1, 0, 1, 1), "m")
print(working(named(nets.dropout(x, 0.25, m), "y")))

print("\nIn a network each layer has a mask of its own; a trainer draws it with the rate given.")
net = nets.Sequential(nets.Linear(4, 3), nets.ReLU(), nets.Dropout(0.5), nets.Linear(3, 2), nets.Dropout(0.2))
with nets.training() as masks:
    print("out =", net(symbol("x", 4)))
for mask, keep in masks.items():
    print(f"P({mask.name} = 1) = {keep}")
print("Without training:", net(symbol("x", 4)))

print("\nThe other convention of textbooks: no scaling in training, outputs times the keep rate in testing.")
with declared({"dropout scaling": "unscaled"}):
    print(working(named(nets.dropout(x, 0.25, m), "y_train"), named(nets.dropout(x, 0.25), "y_test")))

print("\nSoftmax regression with two inputs has four masks: four networks, and four predictions.")
W, b, v = named(matrix("1 2; 0 -1; 3 1"), "W"), named(vector(0, 1, 0), "b"), named(vector(1, 2), "v")
m = symbol("m", 2, "bit")
for bits, p in zip(("00", "01", "10", "11"), nets.thinned(softmax(W @ (m * v) + b), m), strict=True):
    print(f"m = {bits}: {floats(p).round(4)}")
print("Their geometric mean, divided by its sum:")
print(floats(nets.geometric_ensemble(softmax(W @ (m * v) + b), m)).round(4))
print("One network with halved weights:")
p = named(softmax(named(W / 2, "W_half") @ v + b), "p")
print(working(p, places=4))

print("\nThat is no accident: the log-odds of the ensemble are those of the halved weights, exactly.")
logs = nets.thinned(log_softmax(W @ (m * v) + b), m)
average = sum(logs, start=lift([0, 0, 0])) / 4
print("mean of the four:", [str(odds.expand()) for odds in exact(average - average[0])])
halved = W / 2 @ v + b
print("halved weights:  ", [str(odds) for odds in exact(halved - halved[0])])
