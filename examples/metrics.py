"""Metrics, exactly: counts, precision and recall, ROC, perplexity, BLEU, intersection over union.

python examples/metrics.py
"""

from tripos import nets
from tripos.graph import named
from tripos.graph.steps import working

print("Ten examples, classified by a model.  Rows are what is true, columns what was predicted.")
y_true = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
y_pred = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]
print(
    working(
        named(nets.confusion_matrix(y_true, y_pred), "C"),
        named(nets.accuracy(y_true, y_pred), "A"),
        named(nets.precision(y_true, y_pred), "P"),
        named(nets.recall(y_true, y_pred), "R"),
        named(nets.f1_score(y_true, y_pred), "F_1"),
    )
)

print("\nThree classes: macro averages the classes, micro counts all examples alike.")
animals = "cat cat cat cat dog dog owl".split()
guesses = "cat cat cat dog dog owl owl".split()
print(
    working(
        named(nets.confusion_matrix(animals, guesses), "C"),
        named(nets.f1_score(animals, guesses, average="macro"), "F_macro"),
        named(nets.f1_score(animals, guesses, average="micro"), "F_micro"),
    )
)

print("\nThe area under the ROC curve: of all pairs, how often the positive example has the higher score.")
print(working(named(nets.roc_auc_score([1, 1, 0, 0, 0], [0.9, 0.4, 0.8, 0.4, 0.1]), "AUC")))

print("\nPerplexity of a model that gave the words that came these probabilities.")
print(working(named(nets.perplexity([0.5, 0.125, 0.25]), "PP")))

print("\nBLEU with bigrams: the third 'the' does not count, and what is too short is penalised.")
references = ["the cat is on the mat", "there is a cat on the mat"]
print(working(named(nets.bleu(references, "the the the cat mat", n=2), "BLEU")))

print("\nThe example of Papineni et al.: seven times 'the' has a modified unigram precision of 2/7.")
print(working(named(nets.modified_precision(references, "the the the the the the the", 1), "p_1")))

print("\nIntersection over union of two boxes (x1, y1, x2, y2).")
print(working(named(nets.box_iou([0, 0, 4, 3], [2, 1, 6, 5]), "IoU")))

print("\nAnd of two masks.")
print(working(named(nets.mask_iou([[1, 1, 0], [1, 1, 0]], [[0, 1, 1], [0, 1, 0]]), "IoU")))
