"""Beam search: a model whose best sentence does not begin with its best word.

python examples/beam_search.py
"""

from tripos import nets
from tripos.graph import constant, exp, log, named
from tripos.graph.steps import working

# The probability of each next word, given the word before; </s> ends a sentence.
MODEL = {
    "<s>": {"the": 0.6, "a": 0.4},
    "the": {"dog": 0.4, "cat": 0.3, "</s>": 0.3},
    "a": {"cat": 0.9, "</s>": 0.1},
    "dog": {"</s>": 1},
    "cat": {"</s>": 1},
}


def step(prefix):
    """Return the logarithm of the probability of each next word, exactly."""
    return {word: log(constant(p)) for word, p in MODEL[prefix[-1]].items()}


def show(hypothesis):
    """Print a hypothesis and its log-probability."""
    line = working(named(hypothesis.log_probability, "s"))
    print(f"  {' '.join(hypothesis.tokens):14}{line}")


print("Greedy decoding takes the best word each time.")
greedy = nets.greedy_search(step, "<s>", "</s>", max_length=4)
show(greedy)

for width in (1, 2):
    print(f"\nBeam search of width {width}, round after round, the best first.")
    for count, beam in enumerate(nets.beams(step, "<s>", "</s>", width, max_length=4), 1):
        print(f"  round {count}")
        for hypothesis in beam:
            show(hypothesis)

best = nets.beam_search(step, "<s>", "</s>", width=2, max_length=4)[0]
print("\nThe greedy sentence and the best one, as probabilities.")
print(working(named(exp(greedy.score), "p_greedy")))
print(working(named(exp(best.score), "p_beam")))

print("\nAll sentences, from a beam that is wide enough to forget none; then ranked by their mean")
print("log-probability, with length_penalty = 1.")
for penalty in (0, 1):
    for hypothesis in nets.beam_search(step, "<s>", "</s>", 10, max_length=4, length_penalty=penalty):
        print(f"  {' '.join(hypothesis.tokens):14}{working(named(hypothesis.score, 'score'))}")
    print()
