"""Thirty candidates of the 2022 final with marks written by hand: no marker was asked."""

from fractions import Fraction
from functools import cache

from press.worked import final

from tripos.marking.result import BlankMark, Mark

ESSAYS = {
    "lstm": (
        "Gates and a memory cell keep the gradient from vanishing.",
        "The gradient vanishes over time; a memory cell and gates keep it.",
        "They are faster to train.",
    ),
    "autoencoder": ("It copies its input through a narrow layer, without labels.", "A kind of GAN."),
    "causal-masking": ("Later words must not be seen in training.", "So that it is faster."),
    "relu-in-depth": ("Sigmoids saturate, ReLUs do not.", "It is cheap."),
    "above-a-third": ("c", "a: the softmax can be anything"),
    "pretrained": ("BERT with a classification layer, fine-tuned.", "GPT-3, prompted."),
}

FOLLOWED = BlankMark(
    "forward/z_out",
    "forward",
    "number",
    "3",
    "right",
    Fraction(8, 3),
    Fraction(8, 3),
    key="0",
    understood="3",
    follows=("forward/h_1",),
    working=("z_out = w_outᵀ vec(h₁) + b_out = 8 − 5 = 3",),
)

SLIPPED = BlankMark(
    "sgd/b_new",
    "sgd",
    "number",
    "-11/2",
    "wrong",
    Fraction(0),
    Fraction(4),
    key="−9/2",
    reason="the values differ",
    witness="the key is −9/2, the answer is −11/2",
    understood=r"-\frac{11}{2}",
    slip="ascended instead of descending",
)

UNREAD = BlankMark(
    "forward/z_1",
    "forward",
    "matrix",
    "1 -1 | -1 1 ?",
    "unread",
    None,
    Fraction(8, 3),
    key="[1 −1; −1 1]",
    reason="'|' cannot be read here",
)

CONVENTION = BlankMark(
    "sizes/first_conv",
    "sizes",
    "number",
    "4",
    "partly",
    Fraction(5, 24),
    Fraction(5, 12),
    key="5",
    understood="4",
    convention="Biases are not counted.",
)

HOSTILE = BlankMark(
    "sgd/w_new",
    "sgd",
    "vector",
    '</pre><script>alert("1")</script><img src=x onerror=alert(2)>',
    "unread",
    None,
    Fraction(4),
    reason="'<script>alert(3)</script>' is no vector",
    understood=r"\text{<script>alert(4)</script>}",
    feedback=("<b>alert(5)</b>",),
)


def right(question, blank, points):
    """Return the mark of a blank that was answered with its key."""
    id = question.id if blank.kind == "choice" else f"{question.id}/{blank.name}"
    return BlankMark(
        id, question.id, blank.kind, blank.text, "right", points, points, understood=blank.latex, bound=0.0
    )


def essay(question, text, points):
    """Return the mark of an open answer that nobody has looked at."""
    outcome, given = ("open", None) if text else ("unanswered", Fraction(0))
    return BlankMark(question, question, "open", text, outcome, given, points)


def marked(candidate, version="A", essays=0, **changed):
    """Return marks of the final: all computed blanks right, but for those in ``changed`` by blank."""
    blanks = []
    for question in final().leaves:
        points = Fraction(question.points)
        if question.id in ESSAYS:
            texts = ESSAYS[question.id]
            blanks.append(essay(question.id, (*texts, "")[essays % (len(texts) + 1)], points))
            continue
        blanks += [right(question, blank, points / len(question.blanks)) for blank in question.blanks]
    return Mark(candidate, version, tuple(changed.get(b.blank, b) for b in blanks), {"paper": "1f"})


@cache
def thirty():
    """Return thirty candidates: ada is right throughout, the others are not."""
    changes = (FOLLOWED, SLIPPED, UNREAD, CONVENTION)
    first = [
        marked("ada"),
        marked("grace", essays=1, **{FOLLOWED.blank: FOLLOWED, CONVENTION.blank: CONVENTION}),
        marked("alan", essays=2, **{SLIPPED.blank: SLIPPED}),
        marked("emmy", essays=3, **{UNREAD.blank: UNREAD}),
        marked("../<script>alert(6)</script>", essays=0, **{HOSTILE.blank: HOSTILE}),
    ]
    rest = [marked(f"c{i:02}", essays=i, **{(c := changes[i % 4]).blank: c}) for i in range(25)]
    return [*first, *rest]
